public import FusionReport
public import ProtobufIO

extension Report {
  /// Writes the report to a file, in the form that its ending asks for: `.json`, `.md` or `.html`.
  ///
  /// - Throws: `ModelFileError` where the ending is another or the file cannot be written.
  public func write(to path: FilePath) throws { try OutputFile.write(text(for: path), to: path) }
}

extension CheckReport {
  /// Writes the report to a file, in the form that its ending asks for: `.json`, `.md` or `.html`.
  ///
  /// - Throws: `ModelFileError` where the ending is another or the file cannot be written.
  public func write(to path: FilePath) throws { try OutputFile.write(text(for: path), to: path) }
}

/// What can be told in each form.
private protocol Tellable {
  func json() throws -> String
  func markdown() -> String
  func html() -> String
}

extension Report: Tellable {}
extension CheckReport: Tellable {}

extension Tellable {
  /// The text in the form that a file's ending asks for.
  fileprivate func text(for path: FilePath) throws -> String {
    switch ReportForm(path: path.description) {
    case .json: try json()
    case .markdown: markdown()
    case .html: html()
    case nil: throw ModelFileError(.unwritable, path: path, "a report's name ends in .json, .md or .html")
    }
  }
}
