/// Which channel each element of a weight belongs to.
package struct WeightLayout: Equatable, Sendable {
  /// All channels of the operator's output.
  package let channels: Int
  /// The channels of one group, which lie side by side.
  package let perGroup: Int
  /// The elements from one of them to the next.
  package let inner: Int
  /// The elements of one group.
  package let perBlock: Int

  /// - Parameters:
  ///   - count: The weight's elements.
  ///   - groups: How many groups of channels lie one behind the other.
  package init?(channels: Int, inner: Int, count: Int, groups: Int = 1) {
    guard channels > 0, inner > 0, groups > 0, channels % groups == 0, count % groups == 0,
      count % (channels / groups * inner) == 0
    else { return nil }
    self.channels = channels
    self.inner = inner
    perGroup = channels / groups
    perBlock = count / groups
  }

  /// Calls `body` with each run of elements of one channel, in order.
  ///
  /// - Complexity: O(runs).
  func forEachRun(of count: Int, _ body: (_ range: Range<Int>, _ channel: Int) -> Void) {
    var start = 0
    while start < count {
      let group = start / perBlock
      for channel in 0..<perGroup {
        let first = start + channel * inner
        body(first..<(first + inner), group * perGroup + channel)
      }
      start += perGroup * inner
    }
  }
}
