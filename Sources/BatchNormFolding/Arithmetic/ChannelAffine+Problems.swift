extension ChannelAffine {
  /// The first variance that has no usable root: NaN, infinite, or with epsilon not above 0.
  ///
  /// - Complexity: O(steps × channels).
  package var firstInvalidVariance: (channel: Int, value: Double)? {
    for case .normalization(_, _, _, let variance, let epsilon) in steps {
      let index = variance.indices.first {
        !(variance[$0].isFinite && epsilon[$0].isFinite && variance[$0] + epsilon[$0] > 0)
      }
      if let index { return (index, variance[index]) }
    }
    return nil
  }

  /// The first gamma, beta, mean or constant that is infinite or NaN.
  ///
  /// - Complexity: O(steps × channels).
  package var firstNonFiniteParameter: (channel: Int, value: Double)? {
    for step in steps {
      let parameters =
        switch step {
        case .normalization(let gamma, let beta, let mean, _, _): [gamma, beta, mean]
        case .addition(let values), .multiplication(let values), .division(let values): [values]
        }
      for values in parameters {
        if let index = values.firstIndex(where: { !$0.isFinite }) { return (index, values[index]) }
      }
    }
    return nil
  }

  /// Whether every parameter of a channel is a number and every root and quotient exists, so that its map is exact.
  func isDefined(_ channel: Int) -> Bool {
    steps.allSatisfy { step in
      switch step {
      case .normalization(let gamma, let beta, let mean, let variance, let epsilon):
        [gamma[channel], beta[channel], mean[channel], variance[channel], epsilon[channel]].allSatisfy(\.isFinite)
          && variance[channel] + epsilon[channel] > 0
      case .addition(let values), .multiplication(let values): values[channel].isFinite
      case .division(let values): values[channel].isFinite && values[channel] != 0
      }
    }
  }
}
