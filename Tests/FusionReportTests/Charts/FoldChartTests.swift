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

  @Test(arguments: [1, 2, 240, 600], ChartSize.allCases)
  func `each fold has its column`(count: Int, size: ChartSize) {
    let source = chart(count).drawn(size).source
    let columns = count > size.mostPoints ? (count + 2) / 3 : count
    #expect(source.ranges(of: "<g>").count == columns)
    #expect(source.contains("\(count): n\(count)</title>"))
  }

  @Test func `of very many folds each column shows the farthest of several`() {
    let source = chart(20_000).drawn(.narrow).source
    #expect(source.utf8.count < 100_000)
    #expect(source.contains("<title>1: n1 … 84: n84</title>"))
    var scales = chart(1)
    scales.columns = (1...1000).map {
      FoldChart.Column(number: $0, title: "n", points: [(.after, $0 == 500 ? 1e-3 : 1), (.after, 2)])
    }
    (scales.count, scales.startsAtLeast) = (1000, true)
    let least = LogAxis([1e-3, 2], top: 62, bottom: 282).y(1e-3).coordinate
    #expect(scales.drawn(.narrow).source.contains("cy=\"\(least)\""))
  }

  @Test func `what is infinitely far off is not lost among several`() {
    var chart = chart(1000)
    chart.columns[777] = FoldChart.Column(number: 778, title: "n", points: [(.after, .infinity)], isBeyond: true)
    let source = chart.drawn(.wide).source
    let place = LogAxis([1, 1000, .infinity], top: 62, bottom: 322).y(.infinity)
    #expect(source.contains("\((place - 5.6).coordinate)L"), "a mark of its own in the uppermost lane")
  }

  @Test func `what is beyond is a mark of its own`() {
    #expect(!chart(1).drawn(.wide).source.contains("beyond"))
    #expect(chart(3).drawn(.wide).source.contains("beyond what is allowed"))
  }
}
