/// A table in Markdown; the cells are Markdown already.
struct MarkdownTable {
  struct Column {
    var heading: String
    var isNumber = false

    init(_ heading: String, isNumber: Bool = false) {
      self.heading = heading
      self.isNumber = isNumber
    }
  }

  /// From how many rows on a table is folded away.
  static let longest = 12

  var title: String
  var columns: [Column]
  var rows: [[String]]
  var isClosed = false
  /// How many rows are shown at all: a comment has its limits.
  var most = 200

  /// The table without columns of which no row has anything; nothing where there are no rows.
  var drawn: String {
    guard !rows.isEmpty else { return "" }
    let kept = columns.indices.filter { column in rows.contains { !$0[column].isEmpty } }
    var lines = [
      Self.line(kept.map { columns[$0].heading }), Self.line(kept.map { columns[$0].isNumber ? "--:" : "---" }),
    ]
    lines += rows.prefix(most).map { row in Self.line(kept.map { row[$0] }) }
    if rows.count > most {
      lines += ["", "… and \(NumberText.count(rows.count - most)) more, in the JSON and HTML forms."]
    }
    let table = lines.joined(separator: "\n")
    guard isClosed || rows.count > Self.longest else { return "**\(title)**\n\n\(table)\n" }
    return "<details><summary>\(title)</summary>\n\n\(table)\n\n</details>\n"
  }

  private static func line(_ cells: [String]) -> String {
    "|" + cells.map { $0.isEmpty ? " |" : " \($0) |" }.joined()
  }
}
