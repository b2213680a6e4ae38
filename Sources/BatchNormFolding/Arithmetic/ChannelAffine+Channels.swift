extension ChannelAffine {
  /// The map whose channels are chosen from this one's.
  ///
  /// - Parameter selection: For each channel of the result the channel that it has the map of, nil for the exact
  ///   identity.
  /// - Precondition: Every chosen channel exists.
  /// - Complexity: O(steps × selection).
  package func gathered(_ selection: [Int?]) -> ChannelAffine {
    ChannelAffine(channels: selection.count, steps: steps.map { $0.gathered(selection) })
  }

  /// The map with the same scales and without shifts.
  ///
  /// - Complexity: O(steps × channels).
  package var linearPart: ChannelAffine {
    ChannelAffine(channels: channels, steps: steps.compactMap(\.linearPart))
  }

  /// Whether two channels have the same map by the bits of their parameters.
  ///
  /// Maps that are equal by other parameters count as different.
  ///
  /// - Complexity: O(steps).
  package func hasSameMap(_ a: Int, _ b: Int) -> Bool {
    steps.allSatisfy { step in
      step.parameters.allSatisfy { $0[a].bitPattern == $0[b].bitPattern }
    }
  }
}

extension ChannelAffine.Step {
  /// A norm whose channels have one epsilon.
  package static func normalization(
    gamma: [Double], beta: [Double], mean: [Double], variance: [Double], epsilon: Double
  ) -> Self {
    .normalization(
      gamma: gamma, beta: beta, mean: mean, variance: variance,
      epsilon: Array(repeating: epsilon, count: gamma.count))
  }

  /// The arrays with a number for each channel, in the order of their declaration.
  var parameters: [[Double]] {
    switch self {
    case .normalization(let gamma, let beta, let mean, let variance, let epsilon):
      [gamma, beta, mean, variance, epsilon]
    case .addition(let values), .multiplication(let values), .division(let values): [values]
    }
  }

  /// The step without what it adds, nil where it only adds.
  fileprivate var linearPart: Self? {
    switch self {
    case .normalization(let gamma, _, _, let variance, let epsilon):
      let zeros = Array(repeating: 0.0, count: gamma.count)
      return .normalization(gamma: gamma, beta: zeros, mean: zeros, variance: variance, epsilon: epsilon)
    case .addition: return nil
    case .multiplication, .division: return self
    }
  }

  fileprivate func gathered(_ selection: [Int?]) -> Self {
    func gather(_ values: [Double], otherwise neutral: Double) -> [Double] {
      selection.map { $0.map { values[$0] } ?? neutral }
    }
    return switch self {
    case .normalization(let gamma, let beta, let mean, let variance, let epsilon):
      .normalization(
        gamma: gather(gamma, otherwise: 1), beta: gather(beta, otherwise: 0), mean: gather(mean, otherwise: 0),
        variance: gather(variance, otherwise: 1), epsilon: gather(epsilon, otherwise: 0))
    case .addition(let values): .addition(gather(values, otherwise: 0))
    case .multiplication(let values): .multiplication(gather(values, otherwise: 1))
    case .division(let values): .division(gather(values, otherwise: 1))
    }
  }
}
