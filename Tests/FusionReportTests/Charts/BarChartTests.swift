import Testing

@testable import FusionReport

@Suite struct BarChartTests {
  private func widths(_ shares: [Double]) -> [String] {
    let bars = shares.map { BarChart.Bar(name: "to 0.5", share: $0, label: "1") }
    let source = BarChart(
      id: "c", title: "t", description: "d", nameLabel: "ulp", valueLabel: "weights", bars: bars
    ).drawn(.wide).source
    return source.matches(of: /class="bar"[^>]* width="([0-9.]+)"/).map { String($0.output.1) }
  }

  @Test func `bars are as long as their shares`() {
    let found = widths([0.5, 0.25, 0]).compactMap(Double.init)
    #expect(found.count == 3 && abs(found[0] - 2 * found[1]) <= 0.2 && found[2] == 0)
  }

  @Test func `what is there at all is seen`() {
    #expect(widths([1, 1e-9])[1] == "2")
    #expect(widths([0, 0]) == ["0", "0"])
  }
}
