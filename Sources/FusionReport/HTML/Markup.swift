/// A piece of HTML or SVG; all text and every attribute in it was escaped on the way in.
struct Markup: Equatable {
  private(set) var source: String

  private init(source: String) { self.source = source }

  static let empty = Markup(source: "")

  /// Text that is shown as it is.
  static func text(_ text: String) -> Markup { Markup(source: HTMLText.escaped(text)) }

  /// A name, which may break after a slash or a dot.
  static func name(_ text: String) -> Markup {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "." }
    guard parts.count > 1, parts.count < 40 else { return .text(text) }
    var source = ""
    for part in parts {
      source += HTMLText.escaped(String(part))
      if part.endIndex < text.endIndex { source += HTMLText.escaped(String(text[part.endIndex])) + "<wbr>" }
    }
    return Markup(source: source)
  }

  /// An element; `name` and the attributes' names are the program's own.
  static func element(
    _ name: String, _ attributes: [(String, String)] = [], _ content: Markup = .empty
  ) -> Markup {
    var source = "<\(name)"
    for (key, value) in attributes { source += " \(key)=\"\(HTMLText.escaped(value))\"" }
    if voidElements.contains(name) { return Markup(source: source + ">") }
    return Markup(source: source + ">\(content.source)</\(name)>")
  }

  /// Elements side by side, each of a section on a line of its own.
  static func group(_ parts: [Markup]) -> Markup {
    Markup(source: parts.map(\.source).filter { !$0.isEmpty }.joined(separator: "\n"))
  }

  /// Elements and text side by side without anything between.
  static func inline(_ parts: [Markup]) -> Markup { Markup(source: parts.map(\.source).joined()) }

  /// The program's own style sheet.
  static func style(_ sheet: StaticString) -> Markup { Markup(source: "<style>\n\(sheet)\n</style>") }

  /// A whole page around what stands in its `html` element.
  static func document(_ root: Markup) -> String { "<!DOCTYPE html>\n\(root.source)\n" }

  private static let voidElements: Set = ["meta"]
}
