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

  func drawn(_ size: ChartSize) -> Markup {
    let values = columns.flatMap { $0.points.map(\.value) }
    var keys = keys
    if columns.contains(where: \.isBeyond) { keys.append(ChartKey(mark: .beyond, text: "beyond what is allowed")) }
    let frame = ChartFrame(
      size, keys: keys, x: 1...max(count, 1), values: values, xLabel: "fold, in order", yLabel: yLabel, padding: 14)
    let radius = min(max(frame.xAxis.step / 3, 1.4), 4)
    let parts: [Markup] = columns.map { column in
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
      return .element("g", [], .group([.element("title", [], .text("\(column.number): \(column.title)"))] + marks))
    }
    return frame.drawn(id: "\(id)-\(size.rawValue)", title: title, description: description, .group(parts))
  }
}
