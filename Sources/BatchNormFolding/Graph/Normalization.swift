/// A BatchNormalization: `y = gamma · (x − mean) / sqrt(variance + epsilon) + beta` per channel.
package struct Normalization: Sendable {
  /// A parameter, or why it is of no use.
  package enum Parameter: Sendable {
    case constant(ConstantID)
    case unusable(DeclineReason)
  }

  /// How the norm computes.
  package enum Mode: String, Sendable {
    case inference
    case training
    /// Exported for training, taken as inference because the user said so.
    case assumedInference = "assumed-inference"
    /// Not known: somebody else's operator.
    case unknown
  }

  /// Which parameters may have another element type than the normalized value.
  package enum TypeFreedom: Sendable {
    case none
    /// Mean and variance.
    case statistics
    case all
  }

  package let gamma: Parameter
  package let beta: Parameter
  package let mean: Parameter
  package let variance: Parameter

  /// The stored float32, widened.
  package let epsilon: Double
  package let channelAxis: Int

  /// Whether the parameters may have further axes of length 1 behind that of the channels.
  package let parametersMayHaveOnes: Bool
  package let typeFreedom: TypeFreedom

  /// The element type of the normalized value, where it is known.
  package let valueType: TypeBound?

  package let mode: Mode

  /// Whether what it makes of a constant is known, and can be stored in its place.
  package let isOfConstant: Bool

  /// Why the norm cannot fold whatever surrounds it, nil if nothing stands against it.
  package let refusal: DeclineReason?

  package let warnings: [FoldWarning]

  package init(
    gamma: Parameter, beta: Parameter, mean: Parameter, variance: Parameter, epsilon: Double,
    channelAxis: Int = 1, parametersMayHaveOnes: Bool = false, typeFreedom: TypeFreedom = .none,
    valueType: TypeBound? = nil, mode: Mode, isOfConstant: Bool = false, refusal: DeclineReason?,
    warnings: [FoldWarning] = []
  ) {
    self.gamma = gamma
    self.beta = beta
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
    self.channelAxis = channelAxis
    self.parametersMayHaveOnes = parametersMayHaveOnes
    self.typeFreedom = typeFreedom
    self.valueType = valueType
    self.mode = mode
    self.isOfConstant = isOfConstant
    self.refusal = refusal
    self.warnings = warnings
  }
}

extension Normalization {
  /// What must be of the type of whatever absorbs the norm.
  func typeBounds(in graph: FoldGraph) -> [TypeBound] {
    let bound: [(Parameter, String)] =
      switch typeFreedom {
      case .all: []
      case .statistics: [(gamma, "its gamma"), (beta, "its beta")]
      case .none: [(gamma, "its gamma"), (beta, "its beta"), (mean, "its mean"), (variance, "its variance")]
      }
    let parameters: [TypeBound] = bound.compactMap { parameter, title in
      if case .constant(let id) = parameter { TypeBound(of: graph[id], title) } else { nil }
    }
    return parameters + (valueType.map { [$0] } ?? [])
  }
}
