/// Makes another tree of one that stays as it is.
///
/// The new tree has copies of the messages that are edited and of those around them; all else both share.
@safe
package final class TreeEditor {
  /// The new tree; until `connect` it holds what the original does, but for its root.
  package let tree: MessageTree

  private let original: MessageTree

  /// The copies by what they were made of.
  private var copies: [UnsafeMutableRawPointer: UnsafeMutableRawPointer] = unsafe [:]

  /// - Precondition: Nothing is added to the original's payloads any more.
  /// - Throws: `overBudget`.
  package init(_ original: MessageTree) throws(ModelFileError) {
    self.original = original
    tree = try MessageTree(sharing: original)
    unsafe copies[original.root] = UnsafeMutableRawPointer(tree.root)
  }

  /// The copy of a message that will stand in its place, the same each time; it may be edited.
  ///
  /// What the message holds is shared. A list that the copy gets may name other copies or what they were made of.
  ///
  /// - Throws: `overBudget`.
  package func copy<Message>(
    of message: UnsafeMutablePointer<Message>
  ) throws(ModelFileError) -> UnsafeMutablePointer<Message> {
    if let copy = unsafe copies[message] { return unsafe copy.assumingMemoryBound(to: Message.self) }
    let copy = try unsafe duplicate(message)
    unsafe copies[message] = UnsafeMutableRawPointer(copy)
    return unsafe copy
  }

  /// A copy of a message that stands nowhere yet.
  ///
  /// - Throws: `overBudget`.
  package func duplicate<Message>(
    _ message: UnsafeMutablePointer<Message>
  ) throws(ModelFileError) -> UnsafeMutablePointer<Message> {
    let copy = try unsafe tree.allocate(1, of: Message.self)
    unsafe copy.update(from: message, count: 1)
    return unsafe copy
  }

  /// Puts each copy in the place of what it was made of, which takes copies of the messages around it.
  ///
  /// - Throws: `overBudget`.
  /// - Complexity: O(messages that can lead to one of a type that was copied).
  package func connect() throws(ModelFileError) {
    var connection = unsafe TreeConnection(tree: tree, copies: copies)
    let root = try unsafe connection.connected(original.root, type: 0)
    precondition(unsafe root == tree.root, "the root's copy must be the new root")
  }
}
