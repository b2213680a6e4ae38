import Equivalence
import NumericKernels
import ProtobufIO
import Tensors

/// Operators between real numbers and their quantized forms.
extension OperatorTable {
  mutating func addQuantization() {
    add("QuantizeLinear", Self.quantize)
    add("DequantizeLinear", Self.dequantize)
    add("DynamicQuantizeLinear", several: Self.quantizeDynamically)
  }

  /// Which element of a scale or zero point serves each element: one for all, along an axis, or by blocks.
  private static func scalePlaces(_ call: OperatorCall<S>, _ shape: [Int], _ scale: Tensor) throws -> [Int] {
    let count = Shape.count(of: shape)
    guard scale.rank > 0, scale.count != 1 || scale.rank > 1 else { return Array(repeating: 0, count: count) }
    let axis = try call.axis(call.integer("axis", default: 1), rank: shape.count)
    let inner = Shape.count(of: shape.dropFirst(axis + 1))
    if scale.rank == 1 {
      guard scale.count == shape[axis] else {
        throw ComputationFailure("a scale of \(scale.count) elements does not fit axis \(axis) of \(shape)")
      }
      return (0..<count).map { $0 / inner % shape[axis] }
    }
    let block = try call.count("block_size", default: 0)
    guard scale.rank == shape.count, block > 0, scale.shape[axis] == (shape[axis] + block - 1) / block,
      shape.indices.allSatisfy({ $0 == axis || shape[$0] == scale.shape[$0] })
    else { throw ComputationFailure("a scale of shape \(scale.shape) in blocks of \(block) does not fit \(shape)") }
    return (0..<count).map { index in
      (index / inner / shape[axis] * scale.shape[axis] + index / inner % shape[axis] / block) * inner + index % inner
    }
  }

  private static func checkZeros(_ zeros: [Double], _ scale: Tensor) throws {
    guard zeros.isEmpty || zeros.count == scale.count else {
      throw ComputationFailure("\(zeros.count) zero points do not fit \(scale.count) scales")
    }
  }

  private static func numbers(_ tensor: Tensor) throws -> [Double] {
    guard let numbers = tensor.doubles else { throw ComputationFailure("text cannot be quantized") }
    return numbers
  }

  private static func quantize(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (tensor, scale) = (try call.tensor(0), try call.tensor(1))
    let zero = try call.optionalTensor(2)
    let stated = try call.optionalInteger("output_dtype").flatMap { $0 == 0 ? nil : try Self.kind($0) }
    let kind = zero?.kind ?? stated ?? .uint8
    let places = try scalePlaces(call, tensor.shape, scale)
    let (elements, scales) = (try numbers(tensor), try numbers(scale))
    let zeros = zero?.doubles ?? []
    try checkZeros(zeros, scale)
    let isSingle = call.context.precision == .own && S.self == Float.self
    let ratios = elements.indices.map { index in
      // In a model's own precision the quotient too is rounded.
      isSingle
        ? Double(Float(elements[index]) / Float(scales[places[index]])) : elements[index] / scales[places[index]]
    }
    if let format = kind.smallFloat {
      let saturates = try call.integer("saturate", default: 1) == 1
      let shifted = ratios.indices.map { S(ratios[$0] + (zeros.isEmpty ? 0 : zeros[places[$0]])) }
      return try Tensor(tensor.shape, kind, reals: shifted.map { S(format.rounded(Double($0), saturates: saturates)) })
    }
    guard kind.isInteger else { throw ComputationFailure("\(kind.rawValue) is no quantized type") }
    let result = ratios.indices.map { index in
      kind.clamped(ratios[index].rounded(.toNearestOrEven) + (zeros.isEmpty ? 0 : zeros[places[index]]))
    }
    return try Tensor(tensor.shape, kind, integers: result)
  }

  private static func dequantize(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (tensor, scale) = (try call.tensor(0), try call.tensor(1))
    let zeros = try call.optionalTensor(2)?.doubles ?? []
    try checkZeros(zeros, scale)
    let stated = try call.optionalInteger("output_dtype").flatMap { $0 == 0 ? nil : try Self.kind($0) }
    let places = try scalePlaces(call, tensor.shape, scale)
    let (elements, scales) = (try numbers(tensor), try numbers(scale))
    let kind = stated ?? scale.kind
    guard kind.isReal else { throw ComputationFailure("\(kind.rawValue) is no dequantized type") }
    let result = elements.indices.map { index in
      S(elements[index] - (zeros.isEmpty ? 0 : zeros[places[index]])) * S(scales[places[index]])
    }
    return try Tensor(tensor.shape, kind, reals: result)
  }

  private static func quantizeDynamically(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let tensor = try call.tensor(0)
    let elements = try call.reals(0)
    let least = min(0, elements.min() ?? 0)
    let greatest = max(0, elements.max() ?? 0)
    let scale = (greatest - least) / 255
    let ideal = scale == 0 ? 0 : (0 - least) / scale
    let zero = ElementType.uint8.clamped(Double(ideal).rounded(.toNearestOrEven))
    let result = elements.map { element in
      scale == 0 ? zero : ElementType.uint8.clamped(Double(element / scale).rounded(.toNearestOrEven) + Double(zero))
    }
    return [
      .tensor(try Tensor(tensor.shape, .uint8, integers: result)), .tensor(try Tensor([], .float32, reals: [scale])),
      .tensor(try Tensor([], .uint8, integers: [zero])),
    ]
  }
}
