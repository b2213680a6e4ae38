import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// How the integers in an operator's output follow from what is known of its inputs.
///
/// Shapes are computed by such operators in many exports: a size is taken from a shape, changed and joined with
/// others. The integers are those of a vector or a scalar.
///
/// Source: the operators of the ONNX specification, opsets 1 to 28.
enum IntegerRule {
  typealias Body = @Sendable (ShapeQuery) throws(ModelFileError) -> [Dimension]?

  static let table: [String: Body] = [
    "Constant": { query throws(ModelFileError) in try query.statedIntegers() },
    "ConstantOfShape": { query throws(ModelFileError) in try query.repeatedInteger() },
    "Shape": { query throws(ModelFileError) in try query.shapePart().map { Array($0) } },
    "Size": { query in query.shape(0).map { [$0.dimensions.product] } },
    "Cast": { query throws(ModelFileError) in try query.castIntegers() },
    "Identity": { query throws(ModelFileError) in try query.integers(0) },
    "Reshape": { query throws(ModelFileError) in try query.integers(0) },
    "Squeeze": { query throws(ModelFileError) in try query.integers(0) },
    "Unsqueeze": { query throws(ModelFileError) in try query.integers(0) },
    "Flatten": { query throws(ModelFileError) in try query.integers(0) },
    "Concat": { query throws(ModelFileError) in try query.joinedIntegers() },
    "Gather": { query throws(ModelFileError) in try query.gatheredIntegers() },
    "Slice": { query throws(ModelFileError) in try query.slicedIntegers() },
    "Add": { query throws(ModelFileError) in try query.combined { $0 + $1 } },
    "Sub": { query throws(ModelFileError) in try query.combined { $0.reduced(by: $1) } },
    "Mul": { query throws(ModelFileError) in try query.combined { $0 * $1 } },
    "Div": { query throws(ModelFileError) in try query.combined { $0.divided(by: $1) } },
    "Equal": { query throws(ModelFileError) in try query.combined { $0.equals($1) } },
    "Less": { query throws(ModelFileError) in try query.compared { $0 < $1 } },
    "LessOrEqual": { query throws(ModelFileError) in try query.compared { $0 <= $1 } },
    "Greater": { query throws(ModelFileError) in try query.compared { $0 > $1 } },
    "GreaterOrEqual": { query throws(ModelFileError) in try query.compared { $0 >= $1 } },
    "And": { query throws(ModelFileError) in try query.compared { $0 != 0 && $1 != 0 } },
    "Or": { query throws(ModelFileError) in try query.compared { $0 != 0 || $1 != 0 } },
    "Xor": { query throws(ModelFileError) in try query.compared { ($0 != 0) != ($1 != 0) } },
    "Not": { query throws(ModelFileError) in try query.integers(0)?.map { $0.truth { $0 == 0 } } },
    "Where": { query throws(ModelFileError) in try query.chosen() },
  ]
}

extension ShapeQuery {
  fileprivate func statedIntegers() throws(ModelFileError) -> [Dimension]? {
    if let attribute = node.attribute("value_int") { return [.size(try attribute.integer())] }
    return integerList("value_ints")?.map { .size($0) }
  }

  fileprivate func repeatedInteger() throws(ModelFileError) -> [Dimension]? {
    guard let shape = try integers(0), let count = shape.product.size, (0...ValueShape.largestRank).contains(count),
      let tensor = node.attribute("value")?.storedTensor, tensor.elementType == .int64, let content = tensor.content,
      let element = try reading.contents.integers(in: content, as: Int64.self)?.first
    else { return nil }
    return [Dimension](repeating: .size(element), count: count)
  }

  fileprivate func castIntegers() throws(ModelFileError) -> [Dimension]? {
    // Before opset 6 the type is a text, which exports of computed shapes never met.
    guard version >= 6 else { return nil }
    switch DataType(rawValue: try integer("to", default: 0)) {
    case .int64: return try integers(0)
    case .int32: return try integers(0)?.map(\.narrow)
    case .bool: return try integers(0)?.map { $0.truth { $0 != 0 } }
    default: return nil
    }
  }

  fileprivate func joinedIntegers() throws(ModelFileError) -> [Dimension]? {
    var result: [Dimension] = []
    for index in node.inputs.indices {
      guard let next = try integers(index) else { return nil }
      result += next
    }
    return result
  }

  fileprivate func gatheredIntegers() throws(ModelFileError) -> [Dimension]? {
    guard shape(0)?.rank == 1, let integers = try integers(0), let places = try knownIntegers(1) else { return nil }
    return places.map { place in
      ValueShape.axis(place, rank: integers.count).map { integers[$0] } ?? .unknown
    }
  }

  fileprivate func slicedIntegers() throws(ModelFileError) -> [Dimension]? {
    guard shape(0)?.rank == 1, let integers = try integers(0), let cuts = try cuts(), cuts.count == 1,
      let (first, count, step) = cuts[0].places(of: integers.count)
    else { return nil }
    return (0..<count).map { integers[first + $0 * step] }
  }

  /// Two vectors or scalars, element by element; one of a single element counts for all.
  fileprivate func combined(_ combine: (Dimension, Dimension) -> Dimension) throws(ModelFileError) -> [Dimension]? {
    guard version >= 7, let left = try integers(0), let right = try integers(1) else { return nil }
    let count = left.count == 1 ? right.count : left.count
    guard left.count == count || left.count == 1, right.count == count || right.count == 1 else { return nil }
    return (0..<count).map { place in
      combine(left[left.count == 1 ? 0 : place], right[right.count == 1 ? 0 : place]).narrow
    }
  }

  /// 1 or 0 for what is said of two vectors or scalars, element by element.
  fileprivate func compared(_ isSo: (Int, Int) -> Bool) throws(ModelFileError) -> [Dimension]? {
    try combined { first, second in
      guard let first = first.size, let second = second.size else { return .unknown }
      return .size(isSo(first, second) ? 1 : 0)
    }
  }

  fileprivate func chosen() throws(ModelFileError) -> [Dimension]? {
    guard let choices = try integers(0), let first = try integers(1), let second = try integers(2) else { return nil }
    let count = max(choices.count, first.count, second.count)
    guard [choices, first, second].allSatisfy({ $0.count == count || $0.count == 1 }) else { return nil }
    return (0..<count).map { place in
      let (first, second) = (first[first.count == 1 ? 0 : place], second[second.count == 1 ? 0 : place])
      guard let choice = choices[choices.count == 1 ? 0 : place].size else { return first == second ? first : .unknown }
      return choice != 0 ? first : second
    }
  }
}

extension Dimension {
  /// The same, or unknown where int32 would overflow: nothing says which type it is computed in.
  fileprivate var narrow: Dimension { size.flatMap { Int32(exactly: $0) } == nil && size != nil ? .unknown : self }

  fileprivate func reduced(by other: Dimension) -> Dimension {
    if self != .unknown, self == other { return .size(0) }
    guard let size = other.size, size != .min else { return .unknown }
    return self + .size(-size)
  }

  /// Division of integers, which runtimes round differently below 0.
  fileprivate func divided(by other: Dimension) -> Dimension {
    if other == .size(1) { return self }
    guard let size, let divisor = other.size, size >= 0, divisor > 0 else { return .unknown }
    return .size(size / divisor)
  }

  /// 1 or 0 for what is said of an integer.
  fileprivate func truth(_ isSo: (Int) -> Bool) -> Dimension { size.map { .size(isSo($0) ? 1 : 0) } ?? .unknown }

  /// 1 or 0 for whether two integers are the same; a symbol is never negative.
  fileprivate func equals(_ other: Dimension) -> Dimension {
    switch (self, other) {
    case (.size(let left), .size(let right)): .size(left == right ? 1 : 0)
    case (.symbol(let left), .symbol(let right)): left == right ? .size(1) : .unknown
    case (.size(let size), .symbol), (.symbol, .size(let size)): size < 0 ? .size(0) : .unknown
    default: .unknown
    }
  }
}
