public import ProtobufIO
public import Tensors

/// How a model is run.
public struct EvaluationOptions: Sendable {
  /// How many threads a matrix product may use.
  ///
  /// Results are the same for every number.
  public var threads = 1

  /// Runs norms that were exported in training mode as inference.
  public var assumesInference = false

  /// Further folders in which external data may lie.
  public var externalRoots: [FilePath] = []

  /// What the runs may use; those of two models that are compared count together, as the first one's options say.
  public var limits = EvaluationLimits()

  public init() {}
}
