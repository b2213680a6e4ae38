/// What a mark means, as the key above a chart says it.
struct ChartKey {
  var mark: ChartMark
  var text: String
  /// Whether the mark is joined to its neighbours.
  var isLine = false

  /// The keys in as many rows as they need, and the height of these.
  static func drawn(_ keys: [ChartKey], _ size: ChartSize) -> (markup: Markup, height: Double) {
    var parts: [Markup] = []
    var (x, y) = (0.0, 12.0)
    for key in keys {
      let width = 24 + Double(key.text.count) * size.letter
      if x > 0, x + width > size.width - size.right {
        (x, y) = (0, y + 20)
      }
      if key.isLine {
        parts.append(
          .element("path", [("class", "line \(key.mark.rawValue)"), ("d", "M\(x.coordinate) \(y.coordinate)h18")]))
      } else {
        parts.append(key.mark.drawn(x: x + 9, y: y))
      }
      parts.append(
        .element("text", [("x", (x + 24).coordinate), ("y", (y + 4).coordinate)], .text(key.text)))
      x += width + 20
    }
    return (.group(parts), keys.isEmpty ? 4 : y + 14)
  }
}
