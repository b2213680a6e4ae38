import Testing

@testable import FusionReport

@Suite struct LineChartTests {
  private func chart(_ values: [Double?], folds: [Int] = [], beyond: [LineChart.Note] = []) -> LineChart {
    LineChart(
      id: "c", title: "t", description: "d", xLabel: "x", yLabel: "y", depths: Array(values.indices),
      series: [LineChart.Series(mark: .own, name: "own", values: values)], folds: folds, beyond: beyond)
  }

  @Test(arguments: ChartSize.allCases)
  func `a line has a point for each value`(size: ChartSize) {
    let source = chart([1e-8, 1e-7, 1e-6]).drawn(size).source
    #expect(source.ranges(of: "class=\"mark own\"").count == 3)
    #expect(source.contains("<title id=\"c-\(size.rawValue)-title\">t</title>"))
    #expect(source.contains("<desc id=\"c-\(size.rawValue)-desc\">d</desc>"))
  }

  @Test func `what is not known is a gap, and a point without neighbours is seen`() {
    let source = chart([1e-8, nil, 1e-6, 1e-7]).drawn(.wide).source
    // One line of two points besides the one in the key.
    #expect(source.ranges(of: "class=\"line own\"").count == 2)
    #expect(source.ranges(of: "class=\"mark own\"").count == 3)
  }

  @Test func `of very many values the largest are drawn`() {
    var values = [Double?](repeating: 1e-8, count: 20_000)
    values[7777] = 1e-3
    let source = chart(values).drawn(.narrow).source
    #expect(source.utf8.count < 20_000)
    // The largest reaches the uppermost line.
    let (_, top) = (0, LogAxis([1e-8, 1e-3], top: 62, bottom: 282).y(1e-3))
    #expect(source.contains(" \(top.coordinate)L"))
  }

  @Test func `what is beyond is marked and the first is named`() {
    let notes = [3, 5].map { LineChart.Note(depth: $0, value: .infinity, name: "n\($0)", text: "n\($0): far") }
    let source = chart([1, 1, 1, 1, 1, 1], beyond: notes).drawn(.wide).source
    #expect(source.ranges(of: "class=\"mark beyond\"").count == 3, "two, and the one in the key")
    #expect(source.contains(">n3</text>") && !source.contains(">n5</text>"))
    #expect(source.contains("<title>n5: far</title>"))
  }

  @Test func `notches of folds are left out where they would touch`() {
    let values = [Double?](repeating: 1, count: 1000)
    #expect(chart(values, folds: [1, 2]).drawn(.wide).source.contains("made by a fold"))
    #expect(!chart(values, folds: Array(0..<900)).drawn(.wide).source.contains("made by a fold"))
  }
}
