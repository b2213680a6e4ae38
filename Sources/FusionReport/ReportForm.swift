/// A form in which a report is written; the ending of a file's name asks for it.
public enum ReportForm: String, CaseIterable, Sendable {
  case json
  case markdown = "md"
  case html

  /// nil where the name has another ending.
  public init?(path: String) {
    guard let form = Self.allCases.first(where: { path.hasSuffix(".\($0.rawValue)") }) else { return nil }
    self = form
  }
}
