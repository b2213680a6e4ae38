import Equivalence

/// Changes a serialized model in one place so that it stays a well-formed message.
package struct WireMutator {
  private var random: SplitMix
  private let mutateBytes: ([UInt8]) -> [UInt8]

  /// - Parameters:
  ///   - seed: The same seed changes the same model alike.
  ///   - mutateBytes: Changes the bytes of a string, a payload or packed numbers.
  package init(seed: UInt64, mutateBytes: @escaping ([UInt8]) -> [UInt8]) {
    random = SplitMix(state: seed)
    self.mutateBytes = mutateBytes
  }

  private enum Mutation: CaseIterable {
    case remove, duplicate, swap, copyFromAlike, changeNumber, changeBytes, takeText
  }

  /// The bytes of a model with one change; nil where they are no message or there is nothing to change.
  package mutating func mutated(_ bytes: [UInt8]) -> [UInt8]? {
    guard var tree = WireTree(bytes) else { return nil }
    for _ in 0..<8 where apply(Mutation.allCases.randomElement(using: &random), to: &tree) { return tree.encoded }
    return nil
  }

  /// A model into one of whose messages a field of another model's message of that type was put.
  package mutating func crossed(_ bytes: [UInt8], with other: [UInt8]) -> [UInt8]? {
    guard var tree = WireTree(bytes), let donor = WireTree(other) else { return nil }
    return takeField(from: donor, into: &tree) ? tree.encoded : nil
  }

  private mutating func apply(_ mutation: Mutation?, to tree: inout WireTree) -> Bool {
    guard let (message, field) = place(in: tree), let mutation else { return false }
    let old = tree.messages[message].fields[field]
    switch mutation {
    case .remove: tree.edit(message) { $0.remove(at: field) }
    case .duplicate:
      let copy = tree.copy(old, of: tree)
      tree.edit(message) { $0.insert(copy, at: field) }
    case .swap:
      let other = tree.messages[message].fields.indices.randomElement(using: &random) ?? field
      tree.edit(message) { $0.swapAt(field, other) }
    case .copyFromAlike: return takeField(from: tree, into: &tree)
    case .changeNumber:
      guard case .varint(let value) = old.content else { return false }
      let changed = WireTree.Field(number: old.number, content: .varint(number(near: value)))
      tree.edit(message) { $0[field] = changed }
    case .changeBytes:
      guard let content = changedBytes(old.content) else { return false }
      tree.edit(message) { $0[field] = WireTree.Field(number: old.number, content: content) }
    case .takeText:
      guard case .bytes = old.content, let text = text(of: tree) else { return false }
      tree.edit(message) { $0[field] = WireTree.Field(number: old.number, content: .bytes(text)) }
    }
    return true
  }

  private mutating func place(in tree: WireTree) -> (message: Int, field: Int)? {
    let message = Int.random(in: tree.messages.indices, using: &random)
    return tree.messages[message].fields.indices.randomElement(using: &random).map { (message, $0) }
  }

  /// Puts a field of another message of the same type in, or in the place of a field of its number.
  private mutating func takeField(from donor: WireTree, into tree: inout WireTree) -> Bool {
    let target = Int.random(in: tree.messages.indices, using: &random)
    let alike = donor.messages.indices.filter { donor.messages[$0].type == tree.messages[target].type }
    guard let source = alike.randomElement(using: &random),
      let field = donor.messages[source].fields.randomElement(using: &random)
    else { return false }
    let copy = tree.copy(field, of: donor)
    let place = tree.messages[target].fields.firstIndex { $0.number == copy.number }
    let replaces = Bool.random(using: &random)
    tree.edit(target) { fields in
      if replaces, let place { fields[place] = copy } else { fields.insert(copy, at: place ?? fields.count) }
    }
    return true
  }

  /// Numbers at which arithmetic and types turn, and neighbours of the number that was there.
  private mutating func number(near value: UInt64) -> UInt64 {
    let edge = UInt64(1) << UInt64.random(in: 0..<64, using: &random)
    let choices: [UInt64] = [0, 1, value &+ 1, value &- 1, value ^ edge, edge, edge &- 1, 0 &- edge, value &* 2]
    return choices.randomElement(using: &random) ?? 0
  }

  private func changedBytes(_ content: WireTree.Content) -> WireTree.Content? {
    switch content {
    case .bytes(let bytes): .bytes(mutateBytes(bytes))
    case .fixed32(let bytes): .fixed32(padded(mutateBytes(bytes), to: 4))
    case .fixed64(let bytes): .fixed64(padded(mutateBytes(bytes), to: 8))
    case .varint, .message: nil
    }
  }

  private func padded(_ bytes: [UInt8], to width: Int) -> [UInt8] {
    Array((bytes + [UInt8](repeating: 0, count: width)).prefix(width))
  }

  /// A short text of the model: most are names, so that values come to be read elsewhere.
  private mutating func text(of tree: WireTree) -> [UInt8]? {
    let message = Int.random(in: tree.messages.indices, using: &random)
    let texts = tree.messages[message].fields.compactMap { field in
      if case .bytes(let bytes) = field.content, bytes.count <= 64 { bytes } else { nil }
    }
    return texts.randomElement(using: &random)
  }
}
