import ONNXModel

/// Makes names that nothing in the model has.
struct NameMaker {
  private var taken: Set<Name>

  init(_ reading: ModelReading) {
    taken = Set(reading.values.map(\.name))
    for node in reading.nodes { taken.insert(node.view.name) }
    for tensor in reading.document.graph.initializers { taken.insert(tensor.name) }
  }

  /// A name that begins with `base` and has a suffix; numbered where that is taken.
  mutating func make(_ base: Name, _ suffix: String) -> Name {
    let plain = Name(bytes: base.bytes + Array(suffix.utf8))
    var name = plain
    var number = 1
    while !taken.insert(name).inserted {
      number += 1
      name = Name(bytes: plain.bytes + Array("_\(number)".utf8))
    }
    return name
  }
}
