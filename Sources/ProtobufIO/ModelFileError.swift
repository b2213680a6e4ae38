/// A model, data or output file that cannot be read or written.
///
/// The message names the thing, the fact and the number, in one line; `path` is the file as the
/// caller named it.
public struct ModelFileError: Error, Equatable, Sendable {
  /// What kind of failure it is; open, so that a new one breaks no caller.
  public struct Code: Hashable, Sendable {
    let name: String

    /// The file cannot be opened or read.
    public static let unreadable = Code(name: "unreadable")
    /// The bytes are not what the format allows.
    public static let malformed = Code(name: "malformed")
    /// The file is valid but holds what this program does not carry.
    public static let unsupported = Code(name: "unsupported")
    /// The file's structure needs more memory than its budget allows.
    public static let overBudget = Code(name: "overBudget")
    /// The output cannot be written.
    public static let unwritable = Code(name: "unwritable")
  }

  public let code: Code
  public let path: FilePath
  public let message: String

  package init(_ code: Code, path: FilePath, _ message: String) {
    self.code = code
    self.path = path
    self.message = message
  }
}

extension ModelFileError: CustomStringConvertible {
  public var description: String { "\(path): \(message)" }
}
