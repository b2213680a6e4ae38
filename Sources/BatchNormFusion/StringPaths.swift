public import FusionReport
import ProtobufIO
public import Tensors

// Paths that a program holds as text.

extension Model {
  /// Opens and reads the model at a path of text.
  public init(at path: String, options: FusionOptions = FusionOptions()) throws {
    try self.init(at: FilePath(path), options: options)
  }

  /// Plans, for a target whose path is text.
  public func plan(to path: String) throws -> Report { try plan(to: FilePath(path)) }

  /// Fuses to a target, and reports to files, whose paths are text.
  public func fuse(
    to path: String, reports: [String] = [], progress: ((_ written: Int, _ total: Int) -> Void)? = nil,
    reporting: (Report) throws -> Void = { _ in }, checking: (CheckProgress) throws -> Void = { _ in }
  ) throws -> Report {
    try fuse(
      to: FilePath(path), reports: reports.map { FilePath($0) }, progress: progress, reporting: reporting,
      checking: checking)
  }
}

extension ModelEvaluator {
  /// Opens the model at a path of text.
  public init(at path: String, options: EvaluationOptions = EvaluationOptions()) throws {
    try self.init(at: FilePath(path), options: options)
  }

  /// The values recorded in a folder whose path is text.
  public func recordedData(in folder: String) throws -> (inputs: [String: Value], outputs: [Value?]) {
    try recordedData(in: FilePath(folder))
  }
}

extension Report {
  /// Writes the report to a file whose path is text.
  public func write(to path: String) throws { try write(to: FilePath(path)) }
}

extension CheckReport {
  /// Writes the report to a file whose path is text.
  public func write(to path: String) throws { try write(to: FilePath(path)) }
}
