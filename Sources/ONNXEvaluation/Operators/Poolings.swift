import NumericKernels
import ProtobufIO
import Tensors

/// Poolings over windows and over all places.
extension OperatorTable {
  mutating func addPoolings() {
    add("MaxPool", several: Self.maxPool)
    add("AveragePool", Self.averagePool)
    add("LpPool", Self.powerPool)
    add("GlobalMaxPool") { try Self.poolAll($0, .maximum) }
    add("GlobalAveragePool") { try Self.poolAll($0, .mean) }
    add("GlobalLpPool") { call in
      let p = try call.version < 2 ? call.real("p", default: 2) : Double(call.integer("p", default: 2))
      return try Self.powered(call, p: p) { try Self.poolAll($0, .sum) }
    }
    add("MaxUnpool", Self.maxUnpool)
  }

  private static func pooling(_ call: OperatorCall<S>) throws -> (Pooling, WindowAttributes, target: [Int]) {
    let shape = try call.tensor(0).shape
    guard shape.count >= 3 else { throw ComputationFailure("an input of rank \(shape.count) has no spatial axes") }
    let attributes = try WindowAttributes(call, spatialRank: shape.count - 2)
    let roundsUp = try call.integer("ceil_mode", default: 0) == 1
    let geometry = try attributes.geometry(input: Array(shape.dropFirst(2)), roundsUp: roundsUp)
    _ = try (shape.prefix(2) + geometry.output).checkedCount()
    try WindowAttributes.count(geometry, channels: shape[0] * shape[1], lines: geometry.rows, cost: 8)
    return (Pooling(geometry: geometry, planes: shape[0] * shape[1]), attributes, shape.prefix(2) + geometry.output)
  }

  private static func maxPool(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let (pooling, _, target) = try pooling(call)
    let tensor = try call.tensor(0)
    // Integers of 8 bits, the only ones allowed, are exact in either precision.
    let elements: [S]
    if case .integer(let integers) = tensor.elements {
      guard tensor.kind.bitWidth <= 16 else {
        throw ComputationFailure("the operator is not defined for \(tensor.kind.rawValue)")
      }
      elements = integers.map { S($0) }
    } else {
      elements = try call.reals(0)
    }
    func result(_ maxima: [S]) throws -> Tensor {
      if case .integer = tensor.elements {
        return try Tensor(
          target, tensor.kind, integers: maxima.map { $0.isFinite ? Int64($0) : tensor.kind.leastInteger })
      }
      return try Tensor(target, tensor.kind, reals: maxima)
    }
    guard call.hasOutput(1) else { return [.tensor(try result(pooling.maxima(elements)))] }
    let places = pooling.placesOfMaxima(elements)
    let (inputs, outputs) = (pooling.geometry.inputCount, max(pooling.geometry.outputCount, 1))
    let isColumnMajor = try call.integer("storage_order", default: 0) == 1
    let indices = places.indices.map { index in
      let start = index / outputs * inputs
      return Int64(start + (isColumnMajor ? Self.columnMajor(places[index], tensor.shape) : places[index]))
    }
    let maxima = places.indices.map { places[$0] < 0 ? -.infinity : elements[$0 / outputs * inputs + places[$0]] }
    return try [.tensor(result(maxima)), .tensor(Tensor(target, integers: indices))]
  }

  /// The place in a channel counted along its columns.
  private static func columnMajor(_ place: Int, _ shape: [Int]) -> Int {
    var (rest, result) = (place, 0)
    for size in shape.dropFirst(2).reversed() {
      result = result * size + rest % size
      rest /= size
    }
    return result
  }

  private static func averagePool(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (pooling, attributes, target) = try pooling(call)
    let countsPadding = try call.integer("count_include_pad", default: 0) == 1
    let spatial = Array(try call.tensor(0).shape.dropFirst(2))
    let padding = countsPadding ? spatial.indices.map { attributes.padding($0, input: spatial[$0]).end } : nil
    return try Tensor(
      target, try call.tensor(0).kind, reals: pooling.means(try call.reals(0), countingPaddingUpTo: padding))
  }

  private static func powerPool(_ call: inout OperatorCall<S>) throws -> Tensor {
    let p = try call.version < 2 ? call.real("p", default: 2) : Double(call.integer("p", default: 2))
    return try powered(call, p: p) { call in
      let (pooling, _, target) = try Self.pooling(call)
      return try Tensor(target, try call.tensor(0).kind, reals: pooling.sums(try call.reals(0)))
    }
  }

  /// The p-th root of a sum of p-th powers.
  private static func powered(
    _ call: OperatorCall<S>, p: Double, _ sum: (OperatorCall<S>) throws -> Tensor
  ) throws -> Tensor {
    let tensor = try call.tensor(0)
    let powers = try call.reals(0).map { S.power(abs($0), S(p)) }
    let inner = OperatorCall(
      node: call.node, context: call.context, inputs: [.tensor(try Tensor(tensor.shape, tensor.kind, reals: powers))],
      captured: [:])
    let sums = try sum(inner)
    return try Tensor(
      sums.shape, tensor.kind, reals: try OperatorCall<S>.reals(of: sums, input: 0).map { S.power($0, S(1 / p)) })
  }

  private static func poolAll(_ call: OperatorCall<S>, _ reduction: RowReduction) throws -> Tensor {
    let tensor = try call.tensor(0)
    guard tensor.rank >= 2 else { throw ComputationFailure("an input of rank \(tensor.rank) has no channels") }
    let rows = tensor.shape[0] * tensor.shape[1]
    return try Tensor(
      tensor.shape.prefix(2) + Array(repeating: 1, count: tensor.rank - 2), tensor.kind,
      reals: reduction.reduced(try call.reals(0), rows: rows, width: rows == 0 ? 0 : tensor.count / rows))
  }

  private static func maxUnpool(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    let attributes = try WindowAttributes(call, spatialRank: max(tensor.rank - 2, 0))
    // The indices count in the shape that the poolings' window implies, whatever shape is asked for.
    let implied =
      Array(tensor.shape.prefix(2))
      + (0..<(tensor.rank - 2)).map { axis in
        let padding = attributes.explicitPadding(axis)
        return (tensor.shape[axis + 2] - 1) * attributes.strides[axis] - padding.begin - padding.end
          + attributes.kernel[axis]
      }
    let count = try implied.checkedCount()
    let places = try call.integers(1)
    guard places.count == tensor.count, places.allSatisfy({ 0 <= $0 && $0 < count }) else {
      throw ComputationFailure("its indices lie outside the shape \(implied)")
    }
    let small = try Tensor.filled(implied, like: tensor).scattered(tensor, to: places)
    guard let target = try call.optionalIntegers(2), target != implied else { return small }
    _ = try target.checkedCount()
    guard target.count == implied.count, zip(target, implied).allSatisfy({ $0 >= $1 }) else {
      throw ComputationFailure("the shape \(target) is smaller than \(implied)")
    }
    let strides = Shape.strides(of: target)
    let positions = StridedCopy(shape: implied, strides: strides).elements(of: Array(0..<Shape.count(of: target)))
    return try Tensor.filled(target, like: tensor).scattered(small, to: positions)
  }
}
