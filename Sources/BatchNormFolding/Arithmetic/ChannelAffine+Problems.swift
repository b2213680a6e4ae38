extension ChannelAffine {
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
