/// A column of marks for each fold, on a logarithmic axis.
struct FoldChart {
  /// What is shown of one fold.
  struct Column {
    /// From 1, as in the table of folds.
    var number: Int
    var title: String
    /// Joined by a line.
    var points: [(mark: ChartMark, value: Double)]
    var isBeyond = false
  }

  var id: String
  var title: String
  var description: String
  var yLabel: String
  var keys: [ChartKey]
  var columns: [Column]
  /// How many folds there are, shown or not.
  var count: Int
  /// Whether the first of each column's points is the least of something, rather than one of several amounts.
  var startsAtLeast = false

  func drawn(_ size: ChartSize) -> Markup {
    let values = columns.flatMap { $0.points.map(\.value) }
    var keys = keys
    if columns.contains(where: \.isBeyond) { keys.append(ChartKey(mark: .beyond, text: "beyond what is allowed")) }
    let frame = ChartFrame(
      size, keys: keys, x: 1...max(count, 1), values: values, xLabel: "fold, in order", yLabel: yLabel, padding: 14)
    let radius = min(max(frame.xAxis.step / 3, 1.4), 4)
    let parts: [Markup] = shown(size).map { column in
      let x = frame.xAxis.x(column.number)
      let places = column.points.map { frame.yAxis.y($0.value) }
      var marks: [Markup] = []
      if let top = places.min(), let bottom = places.max(), bottom > top {
        marks.append(
          .element(
            "path",
            [
              ("class", frame.xAxis.step < 5 ? "stem dense" : "stem"),
              ("d", "M\(x.coordinate) \(top.coordinate)V\(bottom.coordinate)"),
            ]))
      }
      for (point, y) in zip(column.points, places) {
        let mark = column.isBeyond && point.mark != .yardstick ? ChartMark.beyond : point.mark
        marks.append(mark.drawn(x: x, y: y, radius: mark == .beyond ? max(radius, 3.5) : radius))
      }
      return .element("g", [], .group([.element("title", [], .text(column.title))] + marks))
    }
    return frame.drawn(id: "\(id)-\(size.rawValue)", title: title, description: description, .group(parts))
  }

  /// Columns of which each stands for several, where there are too many to be told apart.
  private func shown(_ size: ChartSize) -> [Column] {
    let perColumn = (columns.count + size.mostPoints - 1) / max(size.mostPoints, 1)
    let titled = columns.map { column in
      var column = column
      column.title = "\(column.number): \(column.title)"
      return column
    }
    guard perColumn > 1 else { return titled }
    return stride(from: 0, to: titled.count, by: perColumn).map { start in
      joined(titled[start..<min(start + perColumn, titled.count)])
    }
  }

  /// What is farthest in each of the columns' points.
  private func joined(_ several: ArraySlice<Column>) -> Column {
    guard var result = several.first, let last = several.last else { preconditionFailure("a column stands for some") }
    for column in several.dropFirst() {
      result.isBeyond = result.isBeyond || column.isBeyond
      for (place, point) in column.points.enumerated() {
        // Points of the same kind belong together, the first with the first.
        let earlier = column.points[..<place].count { $0.mark == point.mark }
        let alike = result.points.indices.filter { result.points[$0].mark == point.mark }
        guard alike.count > earlier else {
          result.points.append(point)
          continue
        }
        let index = alike[earlier]
        let (known, new) = (result.points[index].value, point.value)
        let isLeast = place == 0 && startsAtLeast
        result.points[index].value = known.isNaN || new.isNaN ? .infinity : isLeast ? min(known, new) : max(known, new)
      }
    }
    if several.count > 1 { result.title += " … \(last.title)" }
    return result
  }
}
