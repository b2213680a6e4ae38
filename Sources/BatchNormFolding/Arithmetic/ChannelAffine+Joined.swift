extension ChannelAffine {
  /// The map that applies this one and then another.
  ///
  /// Where each leaves the channels of the other as they are, as the parts of one map do that were led along several
  /// ways, a step of both is one step of the result.
  ///
  /// - Precondition: Both have the same channels.
  /// - Complexity: O(steps × channels).
  func joined(with other: ChannelAffine) -> ChannelAffine {
    precondition(other.channels == channels, "joined maps must have the same channels")
    let isOwn = (0..<channels).map { !isIdentity(ofChannel: $0) }
    guard isOwn.indices.allSatisfy({ !isOwn[$0] || other.isIdentity(ofChannel: $0) }) else {
      return composed(with: other)
    }
    var result = ChannelAffine(channels: channels)
    var others = other.steps[...]
    for step in steps {
      if let next = others.first, let both = step.choosing(where: isOwn, else: next) {
        others.removeFirst()
        result.append(both)
      } else {
        result.append(step)
      }
    }
    for step in others { result.append(step) }
    return result
  }
}

extension ChannelAffine.Step {
  /// The step with this one's parameters in some channels and another's in the others; nil where the other is of
  /// another kind.
  fileprivate func choosing(where isOwn: [Bool], else other: Self) -> Self? {
    func choose(_ own: [Double], _ others: [Double]) -> [Double] {
      isOwn.indices.map { isOwn[$0] ? own[$0] : others[$0] }
    }
    switch (self, other) {
    case (
      .normalization(let gamma, let beta, let mean, let variance, let epsilon),
      .normalization(let gamma2, let beta2, let mean2, let variance2, let epsilon2)
    ):
      return .normalization(
        gamma: choose(gamma, gamma2), beta: choose(beta, beta2), mean: choose(mean, mean2),
        variance: choose(variance, variance2), epsilon: choose(epsilon, epsilon2))
    case (.addition(let own), .addition(let others)): return .addition(choose(own, others))
    case (.multiplication(let own), .multiplication(let others)): return .multiplication(choose(own, others))
    case (.division(let own), .division(let others)): return .division(choose(own, others))
    default: return nil
    }
  }
}
