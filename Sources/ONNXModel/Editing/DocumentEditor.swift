import CONNXSchema
package import ProtobufIO
package import RecordedData

/// Makes another document of one, which stays as it was read.
///
/// Parts are edited as copies, found by the views of the original's parts. All else both documents share.
@safe
package final class DocumentEditor {
  /// The document that is made; its parts are in their places when `finished` gives it.
  let document: ONNXDocument
  let trees: TreeEditor

  /// - Throws: `overBudget`.
  package init(_ original: ONNXDocument) throws(ModelFileError) {
    trees = try TreeEditor(original.tree)
    document = ONNXDocument(editing: original, in: trees.tree)
  }

  package func graph(_ view: GraphView) throws(ModelFileError) -> EditedGraph {
    try unsafe EditedGraph(editor: self, pointer: trees.copy(of: view.pointer))
  }

  package func function(_ view: FunctionView) throws(ModelFileError) -> EditedFunction {
    try unsafe EditedFunction(editor: self, pointer: trees.copy(of: view.pointer))
  }

  package func node(_ view: NodeView) throws(ModelFileError) -> EditedNode {
    try unsafe EditedNode(editor: self, pointer: trees.copy(of: view.pointer))
  }

  package func tensor(_ view: TensorView) throws(ModelFileError) -> EditedTensor {
    let edited = try unsafe EditedTensor(editor: self, pointer: trees.copy(of: view.pointer))
    if view.isNew { document.noteMade(edited.view) }
    return edited
  }

  /// The document with all edits.
  ///
  /// - Throws: `overBudget`.
  /// - Complexity: O(parts of the model).
  package func finished() throws(ModelFileError) -> ONNXDocument {
    try trees.connect()
    return document
  }
}

// MARK: - Memory

extension DocumentEditor {
  var tree: MessageTree { trees.tree }

  /// The memory of a repeated string field.
  func strings(
    _ names: [Name]
  ) throws(ModelFileError) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
    let memory = try unsafe tree.allocate(names.count, of: UnsafeMutablePointer<CChar>?.self)
    for (index, name) in names.enumerated() { unsafe memory[index] = try tree.string(name.bytes) }
    return unsafe memory
  }

  /// The memory of a repeated string field that differs from another in one string; what is missing before it is empty.
  func strings(
    _ old: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int, replacing index: Int, by name: Name
  ) throws(ModelFileError) -> (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, Int) {
    let newCount = max(count, index + 1)
    let memory = try unsafe tree.allocate(newCount, of: UnsafeMutablePointer<CChar>?.self)
    for place in 0..<newCount where place != index {
      unsafe memory[place] = try unsafe place < count ? old?[place] : tree.string([])
    }
    unsafe memory[index] = try tree.string(name.bytes)
    return unsafe (memory, newCount)
  }

  /// The memory of a repeated message field, with its count.
  func list<Message>(
    _ messages: [UnsafeMutablePointer<Message>]
  ) throws(ModelFileError) -> (UnsafeMutablePointer<UnsafeMutablePointer<Message>?>, Int) {
    let memory = try unsafe tree.allocate(messages.count, of: UnsafeMutablePointer<Message>?.self)
    for unsafe(index, message) in unsafe messages.enumerated() { unsafe memory[index] = message }
    return unsafe (memory, messages.count)
  }
}
