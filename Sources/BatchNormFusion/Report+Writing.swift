public import FusionReport
import ProtobufIO

extension Report {
  /// Writes the report to a file, in the form that its ending asks for: `.json`, `.md` or `.html`.
  ///
  /// - Throws: `ModelFileError` where the ending is another or the file cannot be written.
  public func write(to path: String) throws {
    let text =
      switch try ReportForm(ending: path) {
      case .json: try json()
      case .markdown: markdown()
      case .html: html()
      }
    try OutputFile.write(text, to: path)
  }
}

extension CheckReport {
  /// Writes the report to a file, in the form that its ending asks for: `.json`, `.md` or `.html`.
  ///
  /// - Throws: `ModelFileError` where the ending is another or the file cannot be written.
  public func write(to path: String) throws {
    let text =
      switch try ReportForm(ending: path) {
      case .json: try json()
      case .markdown: markdown()
      case .html: html()
      }
    try OutputFile.write(text, to: path)
  }
}

extension ReportForm {
  fileprivate init(ending path: String) throws(ModelFileError) {
    guard let form = ReportForm(path: path) else {
      throw ModelFileError(.unwritable, path: path, "a report's name ends in .json, .md or .html")
    }
    self = form
  }
}
