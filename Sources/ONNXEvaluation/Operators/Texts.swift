import ModelGraph
import ProtobufIO
import Tensors

/// Operators on text.
extension OperatorTable {
  mutating func addTexts() {
    add("StringConcat", Self.concatenateTexts)
    add("StringSplit", several: Self.splitTexts)
    add("StringNormalizer", Self.normalizeTexts)
  }

  private static func texts(of tensor: Tensor) throws -> [[UInt8]] {
    guard case .text(let texts) = tensor.elements else {
      throw ComputationFailure("\(tensor.kind.rawValue) is no text")
    }
    return texts
  }

  private static func concatenateTexts(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (first, second) = (try call.tensor(0), try call.tensor(1))
    guard let shape = Shape.broadcast(first.shape, second.shape) else {
      throw ComputationFailure("shapes \(first.shape) and \(second.shape) do not broadcast")
    }
    _ = try shape.checkedCount()
    let (left, right) = (try texts(of: first.expanded(to: shape)), try texts(of: second.expanded(to: shape)))
    let bytes = zip(left, right).reduce(0) { $0.addingClamped($1.0.count + $1.1.count) }
    try Ledger.check(bytes, bytes: 1)
    return try Tensor(shape: shape, kind: .string, elements: .text(zip(left, right).map { $0 + $1 }))
  }

  /// The parts of each text, along a new last axis, and how many there are.
  private static func splitTexts(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let tensor = try call.tensor(0)
    let delimiter: [UInt8] = call.node.attributes["delimiter"]?.string?.bytes ?? []
    let limit = try call.optionalInteger("maxsplit").flatMap { $0 < 0 ? nil : $0 } ?? Int.max
    let parts: [[[UInt8]]] = try texts(of: tensor).map { text in
      delimiter.isEmpty
        ? Self.words(of: text, splits: limit) : Self.parts(of: text, between: delimiter, splits: limit)
    }
    let width = parts.map(\.count).max() ?? 0
    let shape = tensor.shape + [width]
    _ = try shape.checkedCount()
    let padded: [[UInt8]] = parts.flatMap { $0 + Array(repeating: [], count: width - $0.count) }
    return [
      .tensor(try Tensor(shape: shape, kind: .string, elements: .text(padded))),
      .tensor(try Tensor(tensor.shape, integers: parts.map { Int64($0.count) })),
    ]
  }

  /// The parts of a text between occurrences of a delimiter.
  private static func parts(of text: [UInt8], between delimiter: [UInt8], splits: Int) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var (start, place) = (0, 0)
    while place + delimiter.count <= text.count, result.count < splits {
      if text[place..<(place + delimiter.count)].elementsEqual(delimiter) {
        result.append(Array(text[start..<place]))
        place += delimiter.count
        start = place
      } else {
        place += 1
      }
    }
    return result + [Array(text[start...])]
  }

  /// The parts of a text between white space; the last one keeps what stands behind it if not all is split.
  private static func words(of text: [UInt8], splits: Int) -> [[UInt8]] {
    let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
    var result: [[UInt8]] = []
    var rest = scalars[...].drop { $0.properties.isWhitespace }
    while !rest.isEmpty {
      let word = result.count < splits ? rest.prefix { !$0.properties.isWhitespace } : rest
      result.append(Array(String(word).utf8))
      rest = rest[word.endIndex...].drop { $0.properties.isWhitespace }
    }
    return result
  }

  /// The texts that are no stop words, in one case; what a locale would change is left.
  private static func normalizeTexts(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    guard tensor.rank == 1 || tensor.rank == 2 && tensor.shape[0] == 1 else {
      throw ComputationFailure("a shape of \(tensor.shape) is neither [C] nor [1, C]")
    }
    let action = call.text("case_change_action", default: "NONE")
    guard ["NONE", "LOWER", "UPPER"].contains(action) else {
      throw ComputationFailure("case change '\(action)' is not known")
    }
    let isCaseSensitive = try call.integer("is_case_sensitive", default: 0) == 1
    func key(_ text: [UInt8]) -> [UInt8] {
      isCaseSensitive ? text : Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
    }
    let stopWords = Set((call.node.attributes["stopwords"]?.strings ?? []).map { key($0.bytes) })
    var kept: [[UInt8]] = try texts(of: tensor).filter { !stopWords.contains(key($0)) }
    if action != "NONE" {
      kept = kept.map { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        return Array((action == "LOWER" ? text.lowercased() : text.uppercased()).utf8)
      }
    }
    if kept.isEmpty { kept = [[]] }
    let shape = tensor.rank == 1 ? [kept.count] : [1, kept.count]
    return try Tensor(shape: shape, kind: .string, elements: .text(kept))
  }
}
