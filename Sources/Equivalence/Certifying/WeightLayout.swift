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
  /// The channel of one element.
  func channel(of element: Int) -> Int { element / perBlock * perGroup + element / inner % perGroup }

  /// Calls `body` with each run of elements of one channel here and one in another layout, in order.
  ///
  /// - Complexity: O(runs).
  func forEachRun(
    of count: Int, with other: WeightLayout, _ body: (_ range: Range<Int>, _ channel: Int, _ other: Int) -> Void
  ) {
    forEachRun(of: count) { range, channel in
      var first = range.lowerBound
      while first < range.upperBound {
        let end = min(range.upperBound, (first / other.inner + 1) * other.inner)
        body(first..<end, channel, other.channel(of: first))
        first = end
      }
    }
  }
}
