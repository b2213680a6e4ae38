/// A per-channel affine map, kept as the steps it is composed of.
///
/// Each step's parameters count with their stored bits, widened exactly. Steps are evaluated one after another, so
/// that a bias near a norm's mean keeps its digits: `(b − mean) · scale + beta` rather than `b · scale + shift`.
package struct ChannelAffine: Hashable, Sendable {
  /// One map, with a parameter for each channel.
  package enum Step: Hashable, Sendable {
    /// `(x − mean) · gamma / sqrt(variance + epsilon) + beta`, each array with a number for each channel.
    ///
    /// The sum below the root is the exact one.
    case normalization(
      gamma: [Double], beta: [Double], mean: [Double], variance: [Double], epsilon: [Double])
    /// `x + values`.
    case addition([Double])
    /// `x · values`.
    case multiplication([Double])
    /// `x / values`, the exact quotient.
    case division([Double])
  }

  package let channels: Int

  /// In the order of their application.
  package private(set) var steps: [Step] = []

  /// - Parameter steps: In the order of their application.
  /// - Precondition: Every parameter has one number for each channel.
  package init(channels: Int, steps: [Step] = []) {
    self.channels = channels
    for step in steps { append(step) }
  }

  /// Adds a step behind the others.
  ///
  /// - Precondition: Every parameter has one number for each channel.
  /// - Complexity: O(1) amortized, while nobody else holds a copy of this map.
  package mutating func append(_ step: Step) {
    switch step {
    case .normalization(let gamma, let beta, let mean, let variance, let epsilon):
      precondition(
        [gamma, beta, mean, variance, epsilon].allSatisfy { $0.count == channels },
        "a norm must have every channel")
    case .addition(let values), .multiplication(let values), .division(let values):
      precondition(values.count == channels, "a constant must have every channel")
    }
    steps.append(step)
  }

  /// Takes the last steps away.
  ///
  /// - Precondition: There are as many.
  package mutating func removeLastSteps(_ count: Int) { steps.removeLast(count) }

  /// The map with a step behind the others.
  ///
  /// - Precondition: Every parameter has one number for each channel.
  /// - Complexity: O(steps); `append(_:)` is for chains.
  package func appending(_ step: Step) -> ChannelAffine {
    var result = self
    result.append(step)
    return result
  }

  /// The map that applies this one and then another.
  ///
  /// - Precondition: Both have the same channels.
  /// - Complexity: O(steps).
  package func composed(with next: ChannelAffine) -> ChannelAffine {
    precondition(next.channels == channels, "composed maps must have the same channels")
    return ChannelAffine(channels: channels, steps: steps + next.steps)
  }
}
