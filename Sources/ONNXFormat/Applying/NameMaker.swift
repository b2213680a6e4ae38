import ONNXModel

/// Makes names that nothing in the model has.
struct NameMaker {
  private let scopes: [Scope]
  private let nodeNames: Set<Name>
  private var made: Set<Name> = []

  init(_ reading: ModelReading) {
    scopes = reading.scopes
    nodeNames = Set(reading.nodes.map(\.view.name))
  }

  /// A name that begins with `base` and has a suffix; numbered where that is taken.
  mutating func make(_ base: Name, _ suffix: String) -> Name {
    let plain = Name(bytes: base.bytes + Array(suffix.utf8))
    var name = plain
    var number = 1
    while isTaken(name) || !made.insert(name).inserted {
      number += 1
      name = Name(bytes: plain.bytes + Array("_\(number)".utf8))
    }
    return name
  }

  private func isTaken(_ name: Name) -> Bool {
    nodeNames.contains(name) || scopes.contains { $0.values[name] != nil }
  }
}
