public import FusionReport
import ProtobufIO

extension Report {
  /// Writes the report to a file, in the form that its ending asks for: `.json`.
  ///
  /// - Throws: `ModelFileError` where the ending is another or the file cannot be written.
  public func write(to path: String) throws {
    guard path.hasSuffix(".json") else {
      throw ModelFileError(.unwritable, path: path, "a report's name ends in .json")
    }
    try OutputFile.write(try json(), to: path)
  }
}
