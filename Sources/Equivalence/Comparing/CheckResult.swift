/// What a check found.
public struct CheckResult: Codable, Equatable, Sendable {
  public enum Verdict: String, Codable, Sendable {
    case equivalent
    case different
    /// Some output could not be made, so that nothing is known of it.
    case notRun = "not-run"
  }

  /// The outputs on one set of inputs.
  public struct Run: Codable, Equatable, Sendable {
    /// Where the inputs come from: a folder, or a seed.
    public var inputs: String
    public var outputs: [Deviation]

    public init(inputs: String, outputs: [Deviation]) {
      self.inputs = inputs
      self.outputs = outputs
    }
  }

  /// How far the verdict reaches.
  public enum Scope: String, Codable, Sendable {
    /// Whole models were run.
    case endToEnd = "end-to-end"
    /// Some operator could not be executed; each fold was run by itself, and everything else is the same.
    case foldLocal = "fold-local"
  }

  public var verdict = Verdict.equivalent
  public var scope = Scope.endToEnd
  /// One sentence, where the verdict is not `equivalent`.
  public var reason: String?
  /// nil where the original's own rounding is the yardstick.
  public var tolerance: Tolerance?
  public var runs: [Run] = []
  /// The nodes of the main graphs, and how many of them were executed.
  public var nodes = 0
  public var executed = 0
  public var notExecuted: [UnexecutedNode] = []
  /// How long each run took, reading the weights included, by precision.
  public var secondsPerRun: [String: [Double]] = [:]
  /// What comparing the stored numbers of two models showed; nil where there is one model.
  public var certification: Certification?
  /// What the candidate gives with exact parameters; nil where not every fold's parameters could be replaced.
  public var unrounded: UnroundedAgreement?
  /// Each fold by itself, in the order of the certificates.
  public var foldLocal: [FoldDrift] = []
  /// Every value that two models share, in the order in which the original makes them.
  public var drifts: [ValueDrift] = []
  /// How often the models choose the class that a label names, where labels were given.
  public var accuracy: [ClassAccuracy] = []

  public init(tolerance: Tolerance?) { self.tolerance = tolerance }
}
