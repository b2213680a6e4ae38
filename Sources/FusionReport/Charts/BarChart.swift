/// Shares of a whole as bars beside their names, one below the other.
struct BarChart {
  struct Bar {
    var name: String
    /// Of the whole.
    var share: Double
    /// What stands behind the bar.
    var label: String
    var isBeyond = false
  }

  static let barHeight = 22.0

  var id: String
  var title: String
  var description: String
  var nameLabel: String
  var valueLabel: String
  var bars: [Bar]

  func drawn(_ size: ChartSize) -> Markup {
    let letters = bars.map { max($0.name.count, 4) }.max() ?? 4
    let left = max(Double(letters) * size.letter + 16, size.left)
    let room = Double(bars.map(\.label.count).max() ?? 0) * size.letter + 12
    let right = size.width - size.right - room
    let greatest = max(bars.map(\.share).max() ?? 0, .leastNormalMagnitude)
    let top = 26.0
    let bottom = top + Double(bars.count) * Self.barHeight
    let name = "\(id)-\(size.rawValue)"
    var parts: [Markup] = [
      .element("title", [("id", "\(name)-title")], .text(title)),
      .element("desc", [("id", "\(name)-desc")], .text(description)),
      .element("text", [("class", "axis end"), ("x", (left - 8).coordinate), ("y", "14")], .text(nameLabel)),
      .element("text", [("class", "axis"), ("x", left.coordinate), ("y", "14")], .text(valueLabel)),
    ]
    for (index, bar) in bars.enumerated() {
      let y = top + Double(index) * Self.barHeight
      // What is there at all is seen.
      let width = bar.share > 0 ? max(bar.share / greatest * (right - left), 2) : 0
      parts.append(
        .element(
          "text", [("class", "tick end"), ("x", (left - 8).coordinate), ("y", (y + 15).coordinate)], .text(bar.name)))
      parts.append(
        .element(
          "rect",
          [
            ("class", bar.isBeyond ? "bar beyond" : "bar"), ("x", left.coordinate), ("y", (y + 4).coordinate),
            ("width", width.coordinate), ("height", (Self.barHeight - 8).coordinate),
          ]))
      parts.append(
        .element(
          "text", [("class", "tick"), ("x", (left + width + 8).coordinate), ("y", (y + 15).coordinate)],
          .text(bar.label)))
    }
    parts.append(
      .element("path", [("class", "base"), ("d", "M\(left.coordinate) \(top.coordinate)V\(bottom.coordinate)")]))
    return .element(
      "svg",
      [
        ("class", size.rawValue), ("viewBox", "0 0 \(size.width.coordinate) \((bottom + 8).coordinate)"),
        ("role", "img"), ("aria-labelledby", "\(name)-title \(name)-desc"),
      ], .group(parts))
  }
}
