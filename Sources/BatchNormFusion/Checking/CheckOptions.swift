public import Equivalence
public import ProtobufIO
public import Tensors

/// What a check looks at.
public struct CheckOptions: Sendable {
  /// A folder of recorded inputs; nil for random ones.
  public var data: FilePath?

  /// A file of the right class of each recorded sample, integers as `.npy` or `.pb`; nil where they are not known.
  public var labels: FilePath?

  /// Shapes of random inputs, by name.
  public var inputShapes: [String: [Int]] = [:]

  /// How many sets of random inputs, or how often recorded ones are run.
  public var runs = 1

  public var seed: UInt64 = 0

  /// How far outputs may be apart; nil for `Tolerance.recorded` against recorded values, and for the original's own
  /// rounding between two models.
  public var tolerance: Tolerance?

  /// How many units in the last place a stored parameter of another tool's fold may be off; of this one's it is 1.
  public var maxUlp = 4.0

  /// What a model is run in against recorded outputs; two models are always compared in both.
  public var precisions = Precision.allCases

  /// How many threads a matrix product may use where a fusion is checked.
  public var threads = 1

  /// What the runs may use where a fusion is checked; a `ModelEvaluator` has its own.
  public var limits = EvaluationLimits()

  public init() {}
}
