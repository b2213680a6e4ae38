/// Series of numbers along the depth of a network, on a logarithmic axis.
struct LineChart {
  struct Series {
    var mark: ChartMark
    var name: String
    /// In the order of the depth; nil where the line has a gap.
    var values: [Double?]
    /// Whether all below is tinted.
    var isFilled = false
  }

  /// A point that is shown by itself.
  struct Note {
    var depth: Int
    var value: Double
    var name: String
    var text: String
  }

  var id: String
  var title: String
  var description: String
  var xLabel: String
  var yLabel: String
  /// Of each value, ascending.
  var depths: [Int]
  var series: [Series]
  /// Where something was folded.
  var folds: [Int]
  /// What is beyond what is allowed.
  var beyond: [Note]

  /// The most notes that are drawn.
  static let mostNotes = 200

  func drawn(_ size: ChartSize) -> Markup {
    // Notches that touch each other tell nothing.
    let shownFolds = folds.count * 4 <= Int(size.width) ? folds : []
    let range = (depths.first ?? 0)...max(depths.last ?? 0, depths.first ?? 0)
    var keys = series.map { ChartKey(mark: $0.mark, text: $0.name, isLine: true) }
    if !beyond.isEmpty { keys.append(ChartKey(mark: .beyond, text: "beyond what is allowed")) }
    if !shownFolds.isEmpty { keys.append(ChartKey(mark: .fold, text: "made by a fold")) }
    let values = series.flatMap { $0.values.compactMap { $0 } } + beyond.map(\.value)
    let frame = ChartFrame(
      size, keys: keys, x: range, values: values, xLabel: xLabel, yLabel: yLabel, padding: 10)
    var parts: [Markup] = series.filter(\.isFilled).map { area($0, frame) }
    parts += shownFolds.map {
      ChartMark.fold.drawn(x: frame.xAxis.x($0), y: frame.bottom - 4, radius: 4)
    }
    parts += series.map { line($0, frame) }
    parts += beyond.prefix(Self.mostNotes).map {
      ChartMark.beyond.drawn(x: frame.xAxis.x($0.depth), y: frame.yAxis.y($0.value), title: $0.text)
    }
    parts.append(firstNote(frame))
    return frame.drawn(id: "\(id)-\(size.rawValue)", title: title, description: description, .group(parts))
  }

  /// The name of the first that is beyond what is allowed, beside its mark.
  private func firstNote(_ frame: ChartFrame) -> Markup {
    guard let first = beyond.first else { return .empty }
    let size = frame.size
    let most = size == .wide ? 48 : 20
    let name = first.name.count > most ? "…" + first.name.suffix(most) : first.name
    let x = frame.xAxis.x(first.depth)
    let width = Double(name.count + 2) * size.letter
    // Nothing before it is beyond, so at its left there is room.
    let fits = x - 10 - width > size.left
    return .element(
      "text",
      [
        ("class", fits ? "note end" : "note"), ("x", (fits ? x - 10 : min(x + 10, size.width - width)).coordinate),
        ("y", (frame.yAxis.y(first.value) + 4).coordinate),
      ], .text(name))
  }

  /// Runs of neighbouring points; where there are too many, each is the largest of several.
  private func runs(_ series: Series, _ frame: ChartFrame) -> [[(x: Double, y: Double)]] {
    let perPoint = max((series.values.count + frame.size.mostPoints - 1) / frame.size.mostPoints, 1)
    var runs: [[(x: Double, y: Double)]] = [[]]
    for start in stride(from: 0, to: series.values.count, by: perPoint) {
      let places = start..<min(start + perPoint, series.values.count)
      guard
        let place = places.filter({ series.values[$0] != nil }).max(by: {
          (series.values[$0] ?? 0) < (series.values[$1] ?? 0)
        }),
        let value = series.values[place]
      else {
        runs.append([])
        continue
      }
      runs[runs.count - 1].append((frame.xAxis.x(depths[place]), frame.yAxis.y(value)))
    }
    return runs.filter { !$0.isEmpty }
  }

  private func line(_ series: Series, _ frame: ChartFrame) -> Markup {
    let runs = runs(series, frame)
    let points = runs.reduce(0) { $0 + $1.count }
    var parts: [Markup] = runs.filter { $0.count > 1 }.map { run in
      .element("path", [("class", "line \(series.mark.rawValue)"), ("d", Self.path(run))])
    }
    // Few points are shown each, and one that has no neighbour always is.
    for run in runs where points <= 40 || run.count == 1 {
      parts += run.map { series.mark.drawn(x: $0.x, y: $0.y, radius: 3) }
    }
    return .group(parts)
  }

  private func area(_ series: Series, _ frame: ChartFrame) -> Markup {
    .group(
      runs(series, frame).filter { $0.count > 1 }.map { run in
        let end = "V\(frame.bottom.coordinate)H\((run.first?.x ?? 0).coordinate)Z"
        return .element("path", [("class", "area \(series.mark.rawValue)"), ("d", Self.path(run) + end)])
      })
  }

  private static func path(_ points: [(x: Double, y: Double)]) -> String {
    points.enumerated().map { index, point in
      "\(index == 0 ? "M" : "L")\(point.x.coordinate) \(point.y.coordinate)"
    }.joined()
  }
}
