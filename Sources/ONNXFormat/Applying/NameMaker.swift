import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData

/// Makes names that nothing in the model has.
struct NameMaker {
  private let reading: ModelReading

  /// The names of all values and nodes, gathered when the first name is made, as most plans need none.
  ///
  /// Not `lazy`: what changes a lazy property in place copies it first.
  private var taken: Set<Name>?

  /// The last number behind each name that needed one.
  private var numbers: [Name: Int] = [:]

  init(_ reading: ModelReading) { self.reading = reading }

  /// A name that begins with `base` and has a suffix; numbered where that is taken.
  ///
  /// - Complexity: O(1) amortized, after O(names of the model) for the first.
  mutating func make(_ base: Name, _ suffix: String) -> Name {
    let plain = Name(bytes: base.bytes + Array(suffix.utf8))
    var name = plain
    var number = numbers[plain] ?? 1
    if taken == nil { taken = names }
    while taken?.insert(name).inserted == false {
      number += 1
      name = Name(bytes: plain.bytes + Array("_\(number)".utf8))
    }
    numbers[plain] = number
    return name
  }

  private var names: Set<Name> {
    var names: Set<Name> = []
    names.reserveCapacity(reading.values.count + reading.nodes.count)
    for value in reading.source.values { names.insert(value.name) }
    for node in reading.nodes { names.insert(node.name) }
    return names
  }
}
