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

  /// Reaches the verdict from all that was found.
  public mutating func conclude() {
    if let failure = notExecuted.first(where: { !$0.isConsequence }) {
      verdict = .notRun
      reason = "\(failure.operator) '\(failure.node.isEmpty ? failure.output : failure.node)': \(failure.reason)"
    }
    if tolerance == nil, concludeFromDrifts() { return }
    for run in runs {
      guard let worst = run.outputs.first(where: { !$0.isWithinTolerance }) else { continue }
      verdict = .different
      reason =
        "output '\(worst.name)' (\(run.inputs), \(worst.precision.rawValue)): "
        + (worst.difference ?? "\(worst.mismatches) of \(worst.elements) elements differ")
      return
    }
  }

  /// Whether the drifts alone decide.
  private mutating func concludeFromDrifts() -> Bool {
    let beyond = drifts.filter { !$0.isWithinLimit }
    if let first = beyond.first {
      verdict = .different
      reason =
        "value '\(first.name)'\(first.location): " + (first.difference ?? first.excess)
        + (beyond.count > 1 ? ", the first of \(beyond.count) values" : "")
      return true
    }
    if !drifts.contains(where: { !$0.isConstant }), verdict != .notRun {
      verdict = .notRun
      reason = "no value that both models make varies on these inputs, so nothing is shown"
      return true
    }
    return false
  }
}

extension ValueDrift {
  fileprivate var location: String { channels > 1 && difference == nil ? " (channel \(worstChannel))" : "" }

  fileprivate var excess: String {
    guard let worstError else { return "not finite where expected, or finite where not" }
    return "off by \(Float(worstError)) where \(Float(allowed)) is allowed"
  }
}
