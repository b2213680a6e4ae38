import NumericKernels
import ProtobufIO
import Tensors

/// What transformers use beside attention.
extension OperatorTable {
  mutating func addTransformerLayers() {
    add("RotaryEmbedding", Self.rotaryEmbedding)
    add("SwiGLU") { call in
      let (gate, value) = (try call.tensor(0), try call.tensor(1))
      guard gate.shape == value.shape else {
        throw ComputationFailure("a gate of shape \(gate.shape) does not fit a value of shape \(value.shape)")
      }
      let opening = try Self.map(&call, .swish(alpha: call.real("alpha", default: 1)))
      return try Self.combined(opening, .product, value)
    }
  }

  /// Turns pairs of elements by the angle of their token's position.
  private static func rotaryEmbedding(_ call: inout OperatorCall<S>) throws -> Tensor {
    let tensor = try call.tensor(0)
    // [batch, length, heads, width]
    let tokens: Tensor
    if tensor.rank == 4 {
      tokens = try tensor.transposed(by: [0, 2, 1, 3])
    } else {
      let heads = try call.integer("num_heads", default: 0)
      guard tensor.rank == 3, heads > 0, tensor.shape[2] % heads == 0 else {
        throw ComputationFailure("\(heads) heads do not divide an input of shape \(tensor.shape)")
      }
      tokens = try tensor.reshaped(to: [tensor.shape[0], tensor.shape[1], heads, tensor.shape[2] / heads])
    }
    let (heads, width) = (tokens.shape[2], tokens.shape[3])
    let count = tokens.shape[0] * tokens.shape[1]
    let turned = try call.integer("rotary_embedding_dim", default: 0)
    let half = (turned == 0 ? width : turned) / 2
    let (cosines, sines) = (try call.reals(1), try call.reals(2))
    guard half > 0, 2 * half <= width, try [1, 2].allSatisfy({ try call.tensor($0).shape.last == half }),
      cosines.count == sines.count
    else {
      throw ComputationFailure("cosines of shape \(try call.tensor(1).shape) do not fit a head of \(width) elements")
    }
    let positions: [Int] = try call.optionalIntegers(3) ?? Array(0..<count)
    let limit = cosines.count / half
    guard positions.count == count, positions.allSatisfy({ 0 <= $0 && $0 < limit }) else {
      throw ComputationFailure("its \(positions.count) positions are not those of \(count) tokens among \(limit)")
    }
    let isInterleaved = try call.integer("interleaved", default: 0) == 1
    let elements = try OperatorCall<S>.reals(of: tokens, input: 0)
    var result = elements
    for row in 0..<(count * heads) {
      let angles = positions[row / heads] * half
      for index in 0..<half {
        let first = row * width + (isInterleaved ? 2 * index : index)
        let second = first + (isInterleaved ? 1 : half)
        let (cosine, sine) = (cosines[angles + index], sines[angles + index])
        result[first] = cosine * elements[first] - sine * elements[second]
        result[second] = sine * elements[first] + cosine * elements[second]
      }
    }
    let turnedTokens = try Tensor(tokens.shape, tensor.kind, reals: result)
    return try tensor.rank == 4 ? turnedTokens.transposed(by: [0, 2, 1, 3]) : turnedTokens.reshaped(to: tensor.shape)
  }
}
