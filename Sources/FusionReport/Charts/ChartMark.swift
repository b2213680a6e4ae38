/// What a mark in a chart looks like; also the class that the style sheet knows.
enum ChartMark: String {
  /// What the original's own rounding costs.
  case yardstick
  /// The candidate in its own types.
  case own
  /// The candidate in float64.
  case float64
  /// Before and after a fold.
  case before, after
  /// Beyond what is allowed.
  case beyond
  /// Where a fold is.
  case fold

  /// Draws the mark around a point; each has a shape of its own, so that none is told by colour alone.
  func drawn(x: Double, y: Double, radius: Double = 3.5, title: String? = nil) -> Markup {
    let name: String
    let attributes: [(String, String)]
    switch self {
    case .yardstick, .before:
      name = "circle"
      attributes = [
        ("class", "mark hollow \(rawValue)"), ("cx", x.coordinate), ("cy", y.coordinate), ("r", radius.coordinate),
      ]
    case .own, .after:
      name = "circle"
      attributes = [
        ("class", "mark \(rawValue)"), ("cx", x.coordinate), ("cy", y.coordinate), ("r", radius.coordinate),
      ]
    case .float64:
      name = "rect"
      attributes = [
        ("class", "mark \(rawValue)"), ("x", (x - radius * 0.85).coordinate), ("y", (y - radius * 0.85).coordinate),
        ("width", (radius * 1.7).coordinate), ("height", (radius * 1.7).coordinate),
      ]
    case .beyond:
      let r = radius * 1.6
      name = "path"
      attributes = [
        ("class", "mark \(rawValue)"),
        (
          "d",
          "M\(x.coordinate) \((y - r).coordinate)L\((x + r).coordinate) \(y.coordinate)L\(x.coordinate) \((y + r).coordinate)L\((x - r).coordinate) \(y.coordinate)Z"
        ),
      ]
    case .fold:
      name = "path"
      attributes = [
        ("class", "mark \(rawValue)"), ("d", "M\(x.coordinate) \((y - radius).coordinate)V\((y + radius).coordinate)"),
      ]
    }
    return .element(name, attributes, title.map { .element("title", [], .text($0)) } ?? .empty)
  }
}
