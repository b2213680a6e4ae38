public import Tensors

/// Runs models and compares what they give.
public struct ModelComparison<Model: Evaluator> {
  /// A set of inputs, and where known the outputs that belong to it, in the model's order.
  public struct DataSet {
    public let title: String
    public let inputs: [String: Value]
    public let outputs: [Value?]
    /// The right class of each sample, where it is known.
    public let labels: [Int]

    public init(title: String, inputs: [String: Value], outputs: [Value?] = [], labels: [Int] = []) {
      self.title = title
      self.inputs = inputs
      self.outputs = outputs
      self.labels = labels
    }
  }

  private let precisions: [Precision]
  private let runsPerSet: Int
  private var lockstep: Lockstep<Model>?
  /// The most nodes of one model that were not executed on some inputs.
  private var missing = 0
  /// How many of the original's nodes were executed on the last inputs.
  private var executed = 0
  /// The limit that ended the comparison.
  private var exhaustion: EvaluationError?
  public private(set) var result: CheckResult

  /// - Parameters:
  ///   - tolerance: nil to judge two models by the original's own rounding.
  ///   - precisions: What a single model is run in.
  public init(tolerance: Tolerance?, precisions: [Precision], runsPerSet: Int = 1) {
    self.precisions = precisions
    self.runsPerSet = runsPerSet
    result = CheckResult(tolerance: tolerance)
  }

  /// Runs one model and compares its outputs with recorded ones.
  ///
  /// The verdict looks at the model's own precision, in which the outputs were recorded.
  public mutating func add(_ model: Model, _ data: DataSet) throws {
    let own = precisions.contains(.own) ? try run(model, data, .own) : nil
    let wide = precisions.contains(.float64) ? try run(model, data, .float64) : nil
    var run = CheckResult.Run(inputs: data.title, outputs: [])
    for (precision, outputs) in [(Precision.own, own), (.float64, wide)] {
      for (index, actual) in (outputs ?? []).enumerated() {
        guard let actual, index < data.outputs.count, let expected = data.outputs[index] else { continue }
        var deviation = Deviation(
          model.outputs[index], precision, expected: expected, actual: actual, result.tolerance ?? .recorded)
        if precision == .float64 { deviation.mismatches = precisions.contains(.own) ? 0 : deviation.mismatches }
        if let first = own?[index], let second = wide?[index] { deviation.ownRounding = Self.rounding(first, second) }
        run.outputs.append(deviation)
      }
    }
    result.runs.append(run)
  }

  /// Runs two models on the same inputs, side by side, and compares every value that both make.
  ///
  /// - Parameters:
  ///   - aligned: The same for every set of inputs.
  ///   - progress: Called after each node, with how many of the original's are done besides; what it throws ends the
  ///     comparison.
  public mutating func add(
    _ original: Model, _ aligned: AlignedCandidate<Model>, _ data: DataSet,
    progress: (_ nodes: Int) throws -> Void = { _ in }
  ) throws {
    let candidate = aligned.model
    for name in original.outputs where !candidate.outputs.contains(name) {
      throw EvaluationError(.unsuitableInput, "the candidate has no output '\(name)'")
    }
    result.certification = aligned.certification
    var steps = lockstep ?? Lockstep(original, aligned)
    lockstep = nil
    let start = ContinuousClock.now
    result.nodes = max(original.nodeCount, candidate.nodeCount)
    executed = 0
    let ends = try steps.run(data.inputs) { nodes in
      executed += nodes
      try progress(nodes)
    }
    try steps.lookCloser(data.inputs, progress: progress)
    note(seconds: start.duration(to: .now), "side by side")
    lockstep = steps
    note(ends.unexecuted, missing: ends.missing)
    var run = CheckResult.Run(inputs: data.title, outputs: [])
    for precision in Precision.allCases {
      for (index, name) in original.outputs.enumerated() {
        guard let place = candidate.outputs.firstIndex(of: name), let expected = ends.original[precision]?[index],
          let actual = ends.candidate[precision]?[place]
        else { continue }
        // Where the yardstick judges, an element may be off by any amount here.
        let byYardstick = steps.compares(name) ? Tolerance(relative: 0, absolute: .infinity) : .ofConstant(expected)
        var deviation = Deviation(
          name, precision, expected: expected, actual: actual, result.tolerance ?? byYardstick)
        if result.tolerance == nil, precision == .own, Self.overflows(expected, ends.original[.float64]?[index]) {
          deviation.mismatches = 0
        }
        run.outputs.append(deviation)
        if !data.labels.isEmpty { add(name, precision, expected, actual, data.labels) }
      }
    }
    result.runs.append(run)
  }

  private mutating func add(
    _ name: String, _ precision: Precision, _ original: Value, _ candidate: Value, _ labels: [Int]
  ) {
    guard let original = original.tensor, let candidate = candidate.tensor else { return }
    let index = result.accuracy.firstIndex { $0.output == name && $0.precision == precision }
    var accuracy = index.map { result.accuracy[$0] } ?? ClassAccuracy(output: name, precision: precision)
    guard accuracy.add(original, candidate, labels: labels) else { return }
    if let index { result.accuracy[index] = accuracy } else { result.accuracy.append(accuracy) }
  }

  /// Ends the comparison before its end, so that it shows nothing but what it found to be different.
  ///
  /// - Parameters:
  ///   - limit: The limit that a run has reached.
  ///   - nodes: The nodes of the original's main graph.
  public mutating func end(at limit: EvaluationError, nodes: Int) {
    exhaustion = limit
    result.nodes = max(result.nodes, nodes)
    result.executed = min(executed, result.nodes)
  }

  /// The finished result.
  ///
  /// - Parameter seed: Of activations for folds that the runs did not reach.
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  public func concluded(seed: UInt64 = 0) throws -> CheckResult {
    var (result, exhaustion) = (result, exhaustion)
    if let lockstep {
      result.drifts = lockstep.drifts
      result.unrounded = lockstep.unrounded
      do {
        if exhaustion == nil { result.foldLocal = try lockstep.foldLocal(seed: seed) }
      } catch let error as EvaluationError where error.code == .limitReached {
        exhaustion = error
      }
    }
    result.conclude(exhaustion: exhaustion)
    return result
  }

  private mutating func run(_ model: Model, _ data: DataSet, _ precision: Precision) throws -> [Value?] {
    var outputs: [Value?] = []
    for _ in 0..<runsPerSet {
      let start = ContinuousClock.now
      let evaluation = try model.evaluate(data.inputs, precision: precision)
      note(seconds: start.duration(to: .now), precision.rawValue)
      result.nodes = model.nodeCount
      note(evaluation.unexecuted, missing: evaluation.unexecuted.count)
      outputs = evaluation.outputs
    }
    return outputs
  }

  private mutating func note(seconds duration: Duration, _ title: String) {
    let (seconds, attoseconds) = duration.components
    result.secondsPerRun[title, default: []].append(Double(seconds) + Double(attoseconds) * 1e-18)
  }

  /// - Parameter missing: How many nodes of one model were not executed.
  private mutating func note(_ unexecuted: [UnexecutedNode], missing: Int) {
    for failure in unexecuted where !result.notExecuted.contains(failure) { result.notExecuted.append(failure) }
    self.missing = max(self.missing, missing)
    result.executed = result.nodes - self.missing
  }

  /// Whether a value has no number where float64 has one, so that another value's may be any there.
  private static func overflows(_ own: Value, _ wide: Value??) -> Bool {
    guard let numbers = own.tensor?.doubles, let others = wide??.tensor?.doubles else { return false }
    return zip(numbers, others).contains { !$0.isFinite && $1.isFinite }
  }

  /// The largest difference of two computations of one value.
  private static func rounding(_ first: Value, _ second: Value) -> Double? {
    let exact = Tolerance(relative: 0, absolute: 0)
    return Deviation("", .own, expected: second, actual: first, exact).maxAbsoluteError
  }
}
