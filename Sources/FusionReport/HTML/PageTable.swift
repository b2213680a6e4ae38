/// A table of a page: text at the left, numbers at the right.
struct PageTable {
  enum Kind {
    case text, number
    /// What never breaks.
    case short
    /// Names, which may break anywhere.
    case name
  }

  struct Column {
    var heading: String
    var kind: Kind
    /// What the heading means in full.
    var explanation: String?

    init(_ heading: String, _ kind: Kind, _ explanation: String? = nil) {
      self.heading = heading
      self.kind = kind
      self.explanation = explanation
    }
  }

  struct Row {
    var cells: [String]
    /// Whether it is something to look at.
    var isBeyond = false

    init(_ cells: [String], isBeyond: Bool = false) {
      self.cells = cells
      self.isBeyond = isBeyond
    }
  }

  var caption: String
  var columns: [Column]
  var rows: [Row]
  /// With more rows than that it is shown only when asked for.
  var mostOpen = 20

  /// The table without columns of which no row has anything.
  var drawn: Markup {
    let kept = columns.indices.filter { column in rows.contains { !$0.cells[column].isEmpty } }
    let headings = kept.map { index -> Markup in
      let column = columns[index]
      return .element(
        "th",
        [("scope", "col"), ("class", Self.name(column.kind))] + (column.explanation.map { [("title", $0)] } ?? []),
        .text(column.heading))
    }
    let lines = rows.map { row -> Markup in
      let cells = kept.map { Self.drawn(row.cells[$0], columns[$0].kind) }
      return .element("tr", row.isBeyond ? [("class", "beyond")] : [], .inline(cells))
    }
    let table = Markup.element(
      "div", [("class", "scroll"), ("role", "region"), ("tabindex", "0"), ("aria-label", caption)],
      .element(
        "table", [],
        .group([
          .element("caption", [], .text(caption)), .element("thead", [], .element("tr", [], .inline(headings))),
          .element("tbody", [], .group(lines)),
        ])))
    guard rows.count > mostOpen else { return table }
    return .element("details", [], .group([.element("summary", [], .text(caption)), table]))
  }

  private static func drawn(_ cell: String, _ kind: Kind) -> Markup {
    guard kind == .name else { return .element("td", [("class", name(kind))], .text(cell)) }
    // A short one shall not be broken, nor take the room of a long one.
    return .element("td", [("class", cell.count > 20 ? "name long" : "name")], .name(cell))
  }

  private static func name(_ kind: Kind) -> String {
    switch kind {
    case .text: "text"
    case .short: "short"
    case .number: "number"
    case .name: "name"
    }
  }
}
