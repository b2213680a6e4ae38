import Testing

@testable import FusionReport

@Suite struct FoldChartTests {
  private func chart(_ count: Int) -> FoldChart {
    FoldChart(
      id: "c", title: "t", description: "d", yLabel: "y",
      keys: [ChartKey(mark: .before, text: "before"), ChartKey(mark: .after, text: "after")],
      columns: (1...count).map {
        FoldChart.Column(number: $0, title: "n\($0)", points: [(.before, 1), (.after, Double($0))], isBeyond: $0 == 2)
      }, count: count)
  }

  @Test(arguments: [1, 2, 500], ChartSize.allCases)
  func `each fold has its column`(count: Int, size: ChartSize) {
    let source = chart(count).drawn(size).source
    #expect(source.ranges(of: "<g>").count == count)
    #expect(source.contains("<title>\(count): n\(count)</title>"))
    #expect(source.ranges(of: "class=\"mark hollow before\"").count == (count == 1 ? 2 : count))
  }

  @Test func `what is beyond is a mark of its own`() {
    #expect(!chart(1).drawn(.wide).source.contains("beyond"))
    #expect(chart(3).drawn(.wide).source.contains("beyond what is allowed"))
  }
}
