/// A per-channel affine map, kept as the steps it is composed of.
///
/// Each step's parameters count with their stored bits. The steps are evaluated one after another, so that a bias
/// near a norm's mean keeps its digits: `(b − mean) · scale + beta` rather than `b · scale + shift`.
package struct ChannelAffine: Equatable, Sendable {
  /// One map, with a parameter for each channel.
  package enum Step: Equatable, Sendable {
    /// `(x − mean) · gamma / sqrt(variance + epsilon) + beta`.
    case normalization(
      gamma: [Double], beta: [Double], mean: [Double], variance: [Double], epsilon: Double)
    /// `x + values`.
    case addition([Double])
  }

  package let channels: Int

  /// In the order of their application.
  package private(set) var steps: [Step] = []

  package init(channels: Int) { self.channels = channels }

  /// Adds a step behind the others.
  ///
  /// - Precondition: Every parameter has one number for each channel.
  package mutating func append(_ step: Step) {
    switch step {
    case .normalization(let gamma, let beta, let mean, let variance, _):
      precondition(
        [gamma, beta, mean, variance].allSatisfy { $0.count == channels }, "a norm must have every channel")
    case .addition(let values):
      precondition(values.count == channels, "an addition must have every channel")
    }
    steps.append(step)
  }

  /// The scale of one channel: the product of `gamma / sqrt(variance + epsilon)`; relative error below 32u² a step.
  package func scale(ofChannel channel: Int) -> DoubleDouble {
    steps.reduce(DoubleDouble(1)) { $0 * $1.scale(channel) }
  }

  /// What a number of one channel becomes.
  package func applied(to value: DoubleDouble, channel: Int) -> DoubleDouble {
    steps.reduce(value) { $1.applied(to: $0, channel: channel) }
  }
}

extension ChannelAffine.Step {
  func scale(_ channel: Int) -> DoubleDouble {
    switch self {
    case .normalization(let gamma, _, _, let variance, let epsilon):
      let sum = DoubleDouble(sum: variance[channel], epsilon)
      return DoubleDouble(gamma[channel]) / sum.squareRoot()
    case .addition: return DoubleDouble(1)
    }
  }

  /// Whether the step's scale is computed where doubles lose nothing to underflow or overflow.
  func isRegular(_ channel: Int) -> Bool {
    switch self {
    case .normalization(let gamma, _, _, let variance, let epsilon):
      let sum = variance[channel] + epsilon
      return FoldArithmetic.isRegular(gamma[channel]) && FoldArithmetic.isRegular(sum) && sum != 0
        && (gamma[channel] == 0 || scale(channel).hi != 0)
    case .addition: return true
    }
  }

  func applied(to value: DoubleDouble, channel: Int) -> DoubleDouble {
    switch self {
    case .normalization(_, let beta, let mean, _, _):
      (value - DoubleDouble(mean[channel])) * scale(channel) + DoubleDouble(beta[channel])
    case .addition(let values): value + DoubleDouble(values[channel])
    }
  }
}
