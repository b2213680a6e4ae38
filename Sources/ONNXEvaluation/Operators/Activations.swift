import NumericKernels
import ProtobufIO
import Tensors

/// Operators that map each element by itself.
extension OperatorTable {
  mutating func addActivations() {
    for (name, function) in Self.plainFunctions {
      add(name) { call in try Self.map(&call, function) }
    }
    add("Identity", several: { call in [try call.value(0)] })
    add("LeakyRelu") { try Self.map(&$0, .leakyRelu(alpha: $0.real("alpha", default: 0.01))) }
    add("ThresholdedRelu") { try Self.map(&$0, .thresholdedRelu(alpha: $0.real("alpha", default: 1))) }
    add("Elu") { try Self.map(&$0, .elu(alpha: $0.real("alpha", default: 1))) }
    add("Celu") { try Self.map(&$0, .celu(alpha: $0.real("alpha", default: 1))) }
    add("Swish") { try Self.map(&$0, .swish(alpha: $0.real("alpha", default: 1))) }
    add("HardSigmoid") {
      try Self.map(&$0, .hardSigmoid(alpha: $0.real("alpha", default: 0.2), beta: $0.real("beta", default: 0.5)))
    }
    add("Shrink") {
      try Self.map(&$0, .shrink(lambda: $0.real("lambd", default: 0.5), bias: $0.real("bias", default: 0)))
    }
    add("Gelu") { try Self.map(&$0, $0.text("approximate", default: "none") == "tanh" ? .tanhGelu : .gelu) }
    add("Selu", Self.selu)
    add("Clip", Self.clip)
    add("Not") { call in
      guard case .boolean(let elements) = try call.tensor(0).elements else {
        throw ComputationFailure("input 0 is not bool")
      }
      return try Tensor(try call.tensor(0).shape, booleans: elements.map { !$0 })
    }
    add("BitwiseNot") { call in
      try Tensor(try call.tensor(0).shape, try call.tensor(0).kind, integers: try call.integers(0).map { Int64(~$0) })
    }
    add("IsNaN") { try Self.test($0) { $0.isNaN } }
    add("IsInf") { call in
      let findsNegative = try call.integer("detect_negative", default: 1) == 1
      let findsPositive = try call.integer("detect_positive", default: 1) == 1
      return try Self.test(call) { $0.isInfinite && ($0 < 0 ? findsNegative : findsPositive) }
    }
    add("Dropout", several: Self.dropout)
  }

  private static var plainFunctions: [String: UnaryFunction] {
    [
      "Abs": .absolute, "Neg": .negated, "Reciprocal": .reciprocal, "Sqrt": .squareRoot, "Sign": .sign,
      "Ceil": .ceiling, "Floor": .floor, "Round": .roundedToEven, "Exp": .exponential, "Log": .logarithm,
      "Erf": .errorFunction, "Sin": .sine, "Cos": .cosine, "Tan": .tangent, "Asin": .arcSine, "Acos": .arcCosine,
      "Atan": .arcTangent, "Sinh": .hyperbolicSine, "Cosh": .hyperbolicCosine, "Tanh": .hyperbolicTangent,
      "Asinh": .areaSine, "Acosh": .areaCosine, "Atanh": .areaTangent, "Relu": .relu, "Sigmoid": .sigmoid,
      "Softplus": .softplus, "Softsign": .softsign, "Mish": .mish, "HardSwish": .hardSwish,
    ]
  }

  /// Maps the first input, in the memory it has where nobody else reads it.
  static func map(_ call: inout OperatorCall<S>, _ function: UnaryFunction) throws -> Tensor {
    let tensor = try call.take(0)
    let (shape, kind) = (tensor.shape, tensor.kind)
    if case .integer(let elements) = tensor.elements {
      return try Tensor(shape, kind, integers: try integerFunction(function, kind, elements))
    }
    try Ledger.count(tensor.count, cost: function.cost)
    var elements = try OperatorCall<S>.reals(of: consume tensor, input: 0)
    function.apply(to: &elements)
    return try Tensor(shape, kind, reals: elements)
  }

  /// The functions that ONNX defines for integers too.
  private static func integerFunction(
    _ function: UnaryFunction, _ kind: ElementType, _ elements: [Int64]
  ) throws -> [Int64] {
    switch function {
    case .absolute: return kind.isUnsigned ? elements : elements.map { $0 < 0 ? 0 &- $0 : $0 }
    case .negated: return elements.map { 0 &- $0 }
    case .sign: return elements.map { $0 == 0 ? 0 : $0 < 0 && !kind.isUnsigned ? -1 : 1 }
    case .relu: return kind.isUnsigned ? elements : elements.map { max($0, 0) }
    case .shrink(let lambda, let bias):
      return elements.map { element in
        let x = Double(element)
        return Int64(clamped: x < -lambda ? x + bias : x > lambda ? x - bias : 0)
      }
    default: throw ComputationFailure("the operator is not defined for \(kind.rawValue)")
    }
  }

  private static func test(_ call: OperatorCall<S>, _ condition: (S) -> Bool) throws -> Tensor {
    try Tensor(try call.tensor(0).shape, booleans: try call.reals(0).map(condition))
  }

  private static func selu(_ call: inout OperatorCall<S>) throws -> Tensor {
    // The first version of the operator has less exact defaults.
    let isFirst = call.version < 6
    return try map(
      &call,
      .selu(
        alpha: call.real("alpha", default: isFirst ? 1.6732 : 1.6732631921768188),
        gamma: call.real("gamma", default: isFirst ? 1.0507 : 1.0507010221481323)))
  }

  private static func clip(_ call: inout OperatorCall<S>) throws -> Tensor {
    if case .integer(let elements) = try call.tensor(0).elements {
      let least = Int64(try call.optionalIntegers(1)?.first ?? Int.min)
      let greatest = Int64(try call.optionalIntegers(2)?.first ?? Int.max)
      return try Tensor(
        try call.tensor(0).shape, try call.tensor(0).kind, integers: elements.map { min(max($0, least), greatest) })
    }
    if call.version < 11 {
      return try map(
        &call,
        .clipped(
          least: call.optionalReal("min") ?? -.infinity, greatest: call.optionalReal("max") ?? .infinity))
    }
    let least = try call.hasInput(1) ? call.number(1) : -.infinity
    let greatest = try call.hasInput(2) ? call.number(2) : .infinity
    return try map(&call, .clipped(least: least, greatest: greatest))
  }

  /// Dropout at inference: the input as it is, and a mask of ones.
  private static func dropout(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let isTraining =
      try !call.context.assumesInference
      && (saysTraining(call) || call.version >= 12 && call.hasInput(2) && call.boolean(2))
    let ratio = call.version < 12 ? try call.real("ratio", default: 0.5) : call.hasInput(1) ? try call.number(1) : 0.5
    guard !isTraining || ratio == 0 else {
      throw ComputationFailure("Dropout in training mode is random")
    }
    let tensor = try call.tensor(0)
    // Before opset 10 the mask has the data's type.
    guard tensor.kind.isReal else {
      throw ComputationFailure("the operator is not defined for \(tensor.kind.rawValue)")
    }
    let mask =
      try call.version < 10
      ? Tensor(tensor.shape, tensor.kind, reals: [S](repeating: 1, count: tensor.count))
      : Tensor(tensor.shape, booleans: Array(repeating: true, count: tensor.count))
    return [.tensor(tensor), .tensor(mask)]
  }
}
