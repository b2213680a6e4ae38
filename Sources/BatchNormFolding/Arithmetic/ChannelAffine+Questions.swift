extension ChannelAffine {
  /// The sign of one channel's exact scale: -1, 0 or 1.
  ///
  /// It follows from the signs of the parameters, so that no product can underflow.
  ///
  /// - Precondition: The map is defined there; where it is not, the sign means nothing.
  /// - Complexity: O(steps).
  package func scaleSign(ofChannel channel: Int) -> Int {
    steps.reduce(1) { $0 * $1.scaleSign(channel) }
  }

  /// Whether the exact image of 0 is 0.
  ///
  /// What two doubles cannot tell is told by 576 bits, where less than 2⁻⁴⁰⁰ of the largest term is 0, as it is when a
  /// bias is rounded. False where the map is not defined.
  ///
  /// - Complexity: O(steps).
  package func mapsZeroToZero(_ channel: Int) -> Bool {
    guard isDefined(channel) else { return false }
    let (image, error) = bounded(DoubleDouble(0), channel: channel)
    if error.isFinite {
      if image.hi.magnitude > error { return false }
      if error == 0 { return image.hi == 0 }
    }
    let (exact, largest) = wideImage(WideFloat(0), channel: channel)
    return exact.leadingExponent.map { $0 <= largest - 400 } ?? true
  }

  /// Whether every step of a channel is exactly the identity.
  ///
  /// Steps that undo each other do not count.
  ///
  /// - Complexity: O(steps).
  package func isIdentity(ofChannel channel: Int) -> Bool { steps.allSatisfy { $0.isIdentity(channel) } }
}

extension ChannelAffine.Step {
  fileprivate func scaleSign(_ channel: Int) -> Int {
    switch self {
    case .normalization(let values, _, _, _, _), .multiplication(let values), .division(let values):
      values[channel] > 0 ? 1 : values[channel] < 0 ? -1 : 0
    case .addition: 1
    }
  }

  fileprivate func isIdentity(_ channel: Int) -> Bool {
    switch self {
    case .normalization(let gamma, let beta, let mean, let variance, let epsilon):
      gamma[channel] == 1 && beta[channel] == 0 && mean[channel] == 0
        && DoubleDouble(sum: variance[channel], epsilon[channel]) == DoubleDouble(1)
    case .addition(let values): values[channel] == 0
    case .multiplication(let values), .division(let values): values[channel] == 1
    }
  }
}
