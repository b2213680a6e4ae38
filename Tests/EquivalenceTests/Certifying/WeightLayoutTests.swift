import Testing

@testable import Equivalence

@Suite struct WeightLayoutTests {
  /// The channel of each element.
  private func channels(_ layout: WeightLayout?, count: Int) throws -> [Int] {
    var result: [Int] = []
    try #require(layout).forEachRun(of: count) { range, channel in
      #expect(range.lowerBound == result.count)
      result += range.map { _ in channel }
    }
    return result
  }

  @Test func `a convolution's channels lie one behind the other`() throws {
    #expect(try channels(WeightLayout(channels: 2, inner: 3, count: 6), count: 6) == [0, 0, 0, 1, 1, 1])
  }

  @Test func `a product's channels alternate`() throws {
    #expect(try channels(WeightLayout(channels: 3, inner: 1, count: 6), count: 6) == [0, 1, 2, 0, 1, 2])
  }

  @Test func `a grouped transposed convolution's channels alternate within their group`() throws {
    // Two groups of two inputs and two outputs, with two taps each.
    let layout = WeightLayout(channels: 4, inner: 2, count: 16, groups: 2)
    #expect(try channels(layout, count: 16) == [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3])
  }

  @Test func `a layout that does not come out even is none`() {
    #expect(WeightLayout(channels: 3, inner: 2, count: 8) == nil)
    #expect(WeightLayout(channels: 3, inner: 1, count: 6, groups: 2) == nil)
    #expect(WeightLayout(channels: 0, inner: 1, count: 0) == nil)
  }
}
