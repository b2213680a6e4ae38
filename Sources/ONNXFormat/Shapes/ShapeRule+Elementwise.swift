import ModelGraph
import Tensors

/// Operators that keep a shape or broadcast several.
extension ShapeRule {
  static let elementwise: [String: ShapeRule] = {
    var rules: [String: ShapeRule] = [:]
    for name in likeFirst { rules[name] = .inputs { query in query.shape(0) } }
    for name in likeFirstThroughout { rules[name] = .inputs(.all) { query in query.shape(0) } }
    for name in oldBinary { rules[name] = .inputs { query in query.broadcast(since: 7) } }
    for name in oldVariadic { rules[name] = .inputs { query in query.broadcast(since: 8) } }
    for name in binary { rules[name] = .inputs { query in query.broadcast(since: 1) } }
    return rules
  }()

  private static let likeFirst = [
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BatchNormalization", "Bernoulli", "BitCast",
    "BitwiseNot", "Cast", "CastLike", "Ceil", "Celu", "Clip", "Cos", "Cosh", "CumProd", "CumSum", "DequantizeLinear",
    "DynamicQuantizeLinear", "Elu", "Erf", "Exp", "EyeLike", "Floor", "Gelu", "GroupNormalization", "HardSigmoid",
    "HardSwish", "Hardmax", "Identity", "InstanceNormalization", "IsInf", "IsNaN", "LRN", "LayerNormalization",
    "LeakyRelu", "Log", "LogSoftmax", "LpNormalization", "MeanVarianceNormalization", "Mish", "Neg", "Not", "PRelu",
    "QuantizeLinear", "RMSNormalization", "RandomNormalLike", "RandomUniformLike", "Reciprocal", "Relu",
    "ReverseSequence", "RotaryEmbedding", "Round", "Scatter", "ScatterElements", "ScatterND", "Selu", "Shrink",
    "Sigmoid", "Sign", "Sin", "Sinh", "Softmax", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh",
    "TensorScatter", "ThresholdedRelu", "Trilu",
  ]
  private static let likeFirstThroughout = ["Dropout"]

  /// Operators of two inputs, which broadcast only by their attributes before opset 7.
  private static let oldBinary = [
    "Add", "And", "Div", "Equal", "Greater", "Less", "Mul", "Or", "Pow", "Sub", "Xor",
  ]
  /// Operators whose inputs are all of one shape before opset 8.
  private static let oldVariadic = ["Max", "Mean", "Min", "Sum"]
  private static let binary = [
    "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "GreaterOrEqual", "LessOrEqual", "Mod", "Where",
  ]
}

extension ShapeQuery {
  /// The shape to which all inputs are broadcast, before an opset that of the first.
  fileprivate func broadcast(since first: Int) -> ValueShape? {
    if version < first { return shape(0) }
    guard var result = shape(0) else { return nil }
    for index in node.inputs.indices.dropFirst() {
      guard let next = shape(index)?.broadcast(with: result) else { return nil }
      result = next
    }
    return result
  }
}
