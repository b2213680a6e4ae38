public import ProtobufIO

/// How a model is run.
public struct EvaluationOptions: Sendable {
  /// How many threads a matrix product may use.
  ///
  /// Results are the same for the same number.
  public var threads = 1

  /// Runs norms that were exported in training mode as inference.
  public var assumesInference = false

  /// Further folders in which external data may lie.
  public var externalRoots: [FilePath] = []

  public init() {}
}
