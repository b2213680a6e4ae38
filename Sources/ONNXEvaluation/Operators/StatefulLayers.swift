import NumericKernels
import ProtobufIO
import Tensors

/// Layers over a sequence that hand on a state of fixed size.
extension OperatorTable {
  mutating func addStatefulLayers() {
    add("LinearAttention", several: Self.linearAttention)
    add("CausalConvWithState", several: Self.causalConvolution)
  }

  private static func linearAttention(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let attention = try LinearAttention<S>(call)
    let shape = attention.stateShape
    var state: [S] = try call.optionalReals(3) ?? Array(repeating: 0, count: try shape.checkedCount())
    guard try call.optionalTensor(3).map({ $0.shape == shape }) ?? true else {
      throw ComputationFailure("a state of shape \(try call.tensor(3).shape) is not \(shape)")
    }
    let output = try attention.run(call.reals(0), call.reals(1), call.reals(2), state: &state)
    let kind = try call.tensor(0).kind
    let stateKind = try call.optionalTensor(3)?.kind ?? kind
    return [
      .tensor(try Tensor(attention.outputShape, kind, reals: output)),
      .tensor(try Tensor(shape, stateKind, reals: state)),
    ]
  }

  /// Each channel convolved with its past; the state is the end of the sequence.
  private static func causalConvolution(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let (x, weight) = (try call.tensor(0), try call.tensor(1))
    guard x.rank == 3, weight.rank == 3, weight.shape[0] == x.shape[1], weight.shape[1] == 1, weight.shape[2] > 0
    else { throw ComputationFailure("a weight of shape \(weight.shape) does not fit an input of shape \(x.shape)") }
    let (channels, length, size) = (x.shape[1], x.shape[2], weight.shape[2])
    let past = try call.optionalTensor(3) ?? Tensor.filled([x.shape[0], channels, size - 1], like: x)
    guard past.shape == [x.shape[0], channels, size - 1] else {
      throw ComputationFailure("a state of shape \(past.shape) does not fit an input of shape \(x.shape)")
    }
    let bias = try call.optionalReals(2)
    guard bias.map({ $0.count == channels }) ?? true else {
      throw ComputationFailure("the bias does not have \(channels) elements")
    }
    let whole = try Tensor.joined([past, x], along: 2)
    let geometry = WindowGeometry(
      input: [length + size - 1], output: [length], kernel: [size], strides: [1], dilations: [1], padding: [0])
    let convolution = Convolution(
      geometry: geometry, batch: x.shape[0], inputChannels: channels, outputChannels: channels, groups: channels)
    var result = convolution.result(
      try OperatorCall<S>.reals(of: whole, input: 0), weight: try call.reals(1), bias: bias, by: call.context.product)
    let activation = call.text("activation", default: "none")
    switch activation {
    case "none": break
    case "silu", "swish": UnaryFunction.swish(alpha: 1).apply(to: &result)
    default: throw ComputationFailure("activation '\(activation)' is not known")
    }
    let state = try whole.sliced(length..<(length + size - 1), along: 2)
    return try [.tensor(Tensor(x.shape, x.kind, reals: result)), .tensor(state)]
  }
}
