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

  public var verdict = Verdict.equivalent
  /// One sentence, where the verdict is not `equivalent`.
  public var reason: String?
  public var tolerance: Tolerance
  public var runs: [Run] = []
  /// The nodes of the main graphs, and how many of them were executed.
  public var nodes = 0
  public var executed = 0
  public var notExecuted: [UnexecutedNode] = []
  /// How long each run took, reading the weights included, by precision.
  public var secondsPerRun: [String: [Double]] = [:]

  public init(tolerance: Tolerance) { self.tolerance = tolerance }

  /// Reaches the verdict from all that was found.
  public mutating func conclude() {
    if let failure = notExecuted.first(where: { !$0.isConsequence }) {
      verdict = .notRun
      reason = "\(failure.operator) '\(failure.node.isEmpty ? failure.output : failure.node)': \(failure.reason)"
    }
    for run in runs {
      guard let worst = run.outputs.first(where: { !$0.isWithinTolerance }) else { continue }
      verdict = .different
      reason =
        "output '\(worst.name)' (\(run.inputs), \(worst.precision.rawValue)): "
        + (worst.difference ?? "\(worst.mismatches) of \(worst.elements) elements differ")
      return
    }
  }
}
