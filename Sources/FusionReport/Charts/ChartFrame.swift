/// A chart's plot with a logarithmic axis at its left and a counting one below, without what is plotted.
struct ChartFrame {
  let size: ChartSize
  let top: Double
  let bottom: Double
  let xAxis: CountAxis
  let yAxis: LogAxis
  /// The whole drawing's.
  let height: Double
  private let keys: Markup
  private let xLabel: String
  private let yLabel: String

  /// - Parameters:
  ///   - range: What is counted along the horizontal axis.
  ///   - values: All that is to be shown along the vertical one.
  init(
    _ size: ChartSize, keys: [ChartKey], x range: ClosedRange<Int>, values: some Sequence<Double>, xLabel: String,
    yLabel: String, padding: Double
  ) {
    let (markup, keyHeight) = ChartKey.drawn(keys, size)
    self.size = size
    self.keys = markup
    self.xLabel = xLabel
    self.yLabel = yLabel
    // A line for the vertical axis' label, which is written upright.
    top = keyHeight + 36
    bottom = top + size.plotHeight
    height = bottom + 44
    xAxis = CountAxis(range, left: size.left, right: size.width - size.right, padding: padding)
    yAxis = LogAxis(values, top: top, bottom: bottom)
  }

  /// The drawing with all that is plotted in it.
  func drawn(id: String, title: String, description: String, _ plotted: Markup) -> Markup {
    let (left, right) = (size.left, size.width - size.right)
    var parts: [Markup] = [
      .element("title", [("id", "\(id)-title")], .text(title)),
      .element("desc", [("id", "\(id)-desc")], .text(description)),
      keys,
      .element("text", [("class", "axis"), ("x", "0"), ("y", (top - 20).coordinate)], .text(yLabel)),
    ]
    for tick in yAxis.ticks {
      parts.append(
        .element(
          "path",
          [
            ("class", tick.isLane ? "grid lane" : "grid"),
            ("d", "M\(left.coordinate) \(tick.y.coordinate)H\(right.coordinate)"),
          ]))
      parts.append(
        .element(
          "text", [("class", "tick end"), ("x", (left - 8).coordinate), ("y", (tick.y + 4).coordinate)],
          .text(tick.label)))
    }
    for tick in xAxis.ticks(spacing: size.tickSpacing) {
      let x = xAxis.x(tick).coordinate
      parts.append(.element("path", [("class", "notch"), ("d", "M\(x) \(bottom.coordinate)v5")]))
      parts.append(
        .element(
          "text", [("class", "tick middle"), ("x", x), ("y", (bottom + 19).coordinate)], .text(NumberText.count(tick))))
    }
    parts.append(
      .element("path", [("class", "base"), ("d", "M\(left.coordinate) \(bottom.coordinate)H\(right.coordinate)")]))
    parts.append(
      .element(
        "text", [("class", "axis end"), ("x", right.coordinate), ("y", (bottom + 38).coordinate)], .text(xLabel)))
    parts.append(plotted)
    return .element(
      "svg",
      [
        ("class", size.rawValue), ("viewBox", "0 0 \(size.width.coordinate) \(height.coordinate)"), ("role", "img"),
        ("aria-labelledby", "\(id)-title \(id)-desc"),
      ], .group(parts))
  }
}
