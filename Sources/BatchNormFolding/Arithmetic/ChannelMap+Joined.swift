import Tensors

extension ChannelMap {
  /// The map whose channels each stand for one pair of this map's and another's channels.
  ///
  /// It is the coarsest that both maps' stretches and periods allow: a pair has one channel unless it comes back
  /// within a period. Channels are numbered in the order of their first elements; which pair one stands for, both
  /// maps say of its first element, `channel(ofElement: joint * joined.post)`.
  ///
  /// - Precondition: Both maps are of one weight.
  package func joined(with other: ChannelMap) -> ChannelMap {
    precondition(other.elementCount == elementCount, "joined maps must be of one weight")
    let (stretch, period) = (Self.gcd(self.stretch, other.stretch), Self.lcm(self.period, other.period))
    guard
      elementCount > 0,
      let map = ChannelMap(pre: elementCount / period, groups: 1, mid: 1, perGroup: period / stretch, post: stretch)
    else { return self }
    return map
  }

  /// The elements of one channel that follow one another at least, counted from the first element on.
  private var stretch: Int { channels == 1 ? elementCount : perGroup == 1 ? mid * post : post }

  /// The elements after which the channels repeat.
  private var period: Int { channels == 1 ? elementCount : elementCount / max(pre, 1) }

  private static func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }

  /// Two periods of one weight divide its elements, and so does what they have in common.
  private static func lcm(_ a: Int, _ b: Int) -> Int { a == 0 || b == 0 ? 0 : a / gcd(a, b) * b }
}
