/// Text from a model or a path, as the forms for people show it.
enum ShownText {
  /// What is longer than this loses its middle; the JSON form has all of it.
  static let longest = 160

  /// The text without characters that act instead of being seen, and of a bounded length.
  static func shown(_ text: String) -> String { Report.printable(shortened(text)) }

  /// The same for a name, which is never empty.
  static func name(_ name: String, or other: String = "") -> String {
    let name = name.isEmpty ? other : name
    return name.isEmpty ? "(no name)" : shown(name)
  }

  private static func shortened(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > longest else { return text }
    let part = longest / 2
    return String(scalars.prefix(part)) + "…" + String(scalars.suffix(part))
  }
}
