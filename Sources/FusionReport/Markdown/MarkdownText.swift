/// Text as Markdown holds it.
enum MarkdownText {
  /// Prose within a line: whatever has a meaning in Markdown or HTML is escaped, and nobody is called by an `@`.
  static func escaped(_ text: String) -> String {
    let scalars = Array(Report.printable(text).unicodeScalars)
    var result = ""
    for (place, scalar) in scalars.enumerated() {
      switch scalar {
      // Nothing becomes a link by itself.
      case "/" where result.hasSuffix(":") && scalars[(place + 1)...].first == "/": result += "\\/"
      case "." where result.hasSuffix("www"): result += "\\."
      case "\\", "`", "*", "_", "{", "}", "[", "]", "<", ">", "#", "!", "|", "~", "&", "$":
        result += "\\"
        result.unicodeScalars.append(scalar)
      case "@": result += "@\u{200B}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Prose as a paragraph: what it begins with starts no list either.
  static func paragraph(_ text: String) -> String {
    let escaped = escaped(text)
    let behindDigits = escaped.drop { $0.isASCII && $0.isNumber }.first
    let startsList = behindDigits.map { "-+=.) ".contains($0) } ?? false
    let isCount = behindDigits == " " && escaped.first != " "
    return startsList && !isCount ? "\u{200B}" + escaped : escaped
  }

  /// A name as code, in which nothing has a meaning.
  static func code(_ text: String) -> String {
    let text = Report.printable(text)
    guard !text.isEmpty else { return "" }
    // Between backticks neither a backtick nor, in a table, a bar can be escaped.
    let isPlain = !text.contains { "`|\\".contains($0) } && text.first != " " && text.last != " "
    guard !isPlain else { return "`\(text)`" }
    let escaped = text.unicodeScalars.map { scalar in
      scalar.properties.isAlphabetic || scalar.value > 127 || ("0"..."9").contains(scalar)
        ? String(scalar) : "&#\(scalar.value);"
    }
    return "<code>\(escaped.joined())</code>"
  }
}
