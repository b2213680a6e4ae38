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
  package let typeFreedom: TypeFreedom
  package let mode: Mode

  /// Why the norm cannot fold whatever surrounds it, nil if nothing stands against it.
  package let refusal: DeclineReason?

  package let warnings: [FoldWarning]

  package init(
    gamma: Parameter, beta: Parameter, mean: Parameter, variance: Parameter, epsilon: Double,
    channelAxis: Int = 1, typeFreedom: TypeFreedom = .none, mode: Mode, refusal: DeclineReason?,
    warnings: [FoldWarning] = []
  ) {
    self.gamma = gamma
    self.beta = beta
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
    self.channelAxis = channelAxis
    self.typeFreedom = typeFreedom
    self.mode = mode
    self.refusal = refusal
    self.warnings = warnings
  }
}
