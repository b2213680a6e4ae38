/// A function of one real number, as ONNX defines it.
package enum UnaryFunction: Sendable {
  case absolute, negated, reciprocal, squareRoot, sign
  case ceiling, floor, roundedToEven
  case exponential, logarithm, errorFunction
  case sine, cosine, tangent, arcSine, arcCosine, arcTangent
  case hyperbolicSine, hyperbolicCosine, hyperbolicTangent
  case areaSine, areaCosine, areaTangent
  case relu, sigmoid, softplus, softsign, mish, hardSwish, gelu, tanhGelu
  case leakyRelu(alpha: Double)
  case thresholdedRelu(alpha: Double)
  case elu(alpha: Double)
  case celu(alpha: Double)
  case selu(alpha: Double, gamma: Double)
  case hardSigmoid(alpha: Double, beta: Double)
  case swish(alpha: Double)
  case shrink(lambda: Double, bias: Double)
  /// At least `least` and at most `greatest`; the latter wins.
  case clipped(least: Double, greatest: Double)
  case affine(alpha: Double, beta: Double)
  case scaledTanh(alpha: Double, beta: Double)
}

extension UnaryFunction {
  /// About how many multiplications of a matrix product take as long as one element.
  package var cost: Int {
    switch self {
    case .absolute, .negated, .reciprocal, .squareRoot, .sign, .ceiling, .floor, .roundedToEven, .relu, .softsign,
      .hardSwish, .leakyRelu, .thresholdedRelu, .hardSigmoid, .shrink, .clipped, .affine:
      0
    case .exponential, .logarithm, .errorFunction, .sine, .cosine, .tangent, .arcSine, .arcCosine, .arcTangent,
      .hyperbolicSine, .hyperbolicCosine, .hyperbolicTangent, .areaSine, .areaCosine, .areaTangent, .sigmoid, .elu,
      .celu,
      .selu, .swish, .scaledTanh:
      100
    case .softplus, .mish, .gelu, .tanhGelu: 400
    }
  }

  /// Replaces each element by its image; NaN stays NaN.
  ///
  /// - Complexity: O(elements).
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func apply<S: Scalar>(to x: inout [S]) {
    var span = x.mutableSpan
    apply(toSpan: &span)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  package func apply<S: Scalar>(toSpan x: inout MutableSpan<S>) {
    switch self {
    case .absolute: map(&x) { abs($0) }
    case .negated: map(&x) { -$0 }
    case .reciprocal: map(&x) { 1 / $0 }
    case .squareRoot: map(&x) { $0.squareRoot() }
    case .sign: map(&x) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
    case .ceiling: map(&x) { $0.rounded(.up) }
    case .floor: map(&x) { $0.rounded(.down) }
    case .roundedToEven: map(&x) { $0.rounded(.toNearestOrEven) }
    case .exponential: map(&x) { S.exponential($0) }
    case .logarithm: map(&x) { S.logarithm($0) }
    case .errorFunction: map(&x) { S.errorFunction($0) }
    case .sine: map(&x) { S.sine($0) }
    case .cosine: map(&x) { S.cosine($0) }
    case .tangent: map(&x) { S.tangent($0) }
    case .arcSine: map(&x) { S.arcSine($0) }
    case .arcCosine: map(&x) { S.arcCosine($0) }
    case .arcTangent: map(&x) { S.arcTangent($0) }
    case .hyperbolicSine: map(&x) { S.hyperbolicSine($0) }
    case .hyperbolicCosine: map(&x) { S.hyperbolicCosine($0) }
    case .hyperbolicTangent: map(&x) { S.hyperbolicTangent($0) }
    case .areaSine: map(&x) { S.areaSine($0) }
    case .areaCosine: map(&x) { S.areaCosine($0) }
    case .areaTangent: map(&x) { S.areaTangent($0) }
    default: applyActivation(to: &x)
    }
  }

  /// The functions that networks use between layers.
  @inline(__always)
  private func applyActivation<S: Scalar>(to x: inout MutableSpan<S>) {
    switch self {
    case .relu: map(&x) { $0 < 0 ? 0 : $0 }
    case .sigmoid: map(&x) { Self.sigmoid($0) }
    case .softplus: map(&x) { Self.softplus($0) }
    case .softsign: map(&x) { $0 / (1 + abs($0)) }
    case .mish: map(&x) { $0 * S.hyperbolicTangent(Self.softplus($0)) }
    case .hardSwish: map(&x) { $0 * Self.bounded($0 * S(1.0 / 6) + 0.5, 0, 1) }
    case .gelu: map(&x) { 0.5 * $0 * (1 + S.errorFunction($0 * S(0.5.squareRoot()))) }
    case .tanhGelu:
      let factor = S((2 / Double.pi).squareRoot())
      map(&x) { 0.5 * $0 * (1 + S.hyperbolicTangent(factor * ($0 + 0.044715 * $0 * $0 * $0))) }
    case .leakyRelu(let alpha):
      let alpha = S(alpha)
      map(&x) { $0 < 0 ? alpha * $0 : $0 }
    case .thresholdedRelu(let alpha):
      let alpha = S(alpha)
      map(&x) { $0 <= alpha ? 0 : $0 }
    case .elu(let alpha):
      let alpha = S(alpha)
      map(&x) { $0 < 0 ? alpha * S.exponentialLessOne($0) : $0 }
    case .celu(let alpha):
      let alpha = S(alpha)
      map(&x) { $0 < 0 ? alpha * S.exponentialLessOne($0 / alpha) : $0 }
    case .selu(let alpha, let gamma):
      let (alpha, gamma) = (S(alpha), S(gamma))
      map(&x) { gamma * ($0 < 0 ? alpha * S.exponentialLessOne($0) : $0) }
    case .hardSigmoid(let alpha, let beta):
      let (alpha, beta) = (S(alpha), S(beta))
      map(&x) { Self.bounded(alpha * $0 + beta, 0, 1) }
    case .swish(let alpha):
      let alpha = S(alpha)
      map(&x) { $0 * Self.sigmoid(alpha * $0) }
    case .shrink(let lambda, let bias):
      let (lambda, bias) = (S(lambda), S(bias))
      map(&x) { $0 < -lambda ? $0 + bias : $0 > lambda ? $0 - bias : $0.isNaN ? $0 : 0 }
    case .clipped(let least, let greatest):
      let (least, greatest) = (S(least), S(greatest))
      map(&x) { Self.bounded($0, least, greatest) }
    case .affine(let alpha, let beta):
      let (alpha, beta) = (S(alpha), S(beta))
      map(&x) { alpha * $0 + beta }
    case .scaledTanh(let alpha, let beta):
      let (alpha, beta) = (S(alpha), S(beta))
      map(&x) { alpha * S.hyperbolicTangent(beta * $0) }
    default: preconditionFailure("every function must have a kernel")
    }
  }

  @inline(__always)
  private func map<S: Scalar>(_ x: inout MutableSpan<S>, _ function: (S) -> S) {
    for index in x.indices { x[index] = function(x[index]) }
  }

  @inline(__always)
  private static func bounded<S: Scalar>(_ x: S, _ least: S, _ greatest: S) -> S {
    let raised = x < least ? least : x
    return raised > greatest ? greatest : raised
  }

  // Neither overflows for large arguments of either sign.

  @inline(__always)
  private static func sigmoid<S: Scalar>(_ x: S) -> S {
    let power = S.exponential(-abs(x))
    return x < 0 ? power / (1 + power) : 1 / (1 + power)
  }

  @inline(__always)
  private static func softplus<S: Scalar>(_ x: S) -> S {
    (x > 0 ? x : x.isNaN ? x : 0) + S.logarithmOfOnePlus(S.exponential(-abs(x)))
  }
}
