/// Runs models and compares what they give.
public struct ModelComparison<Model: Evaluator> {
  /// A set of inputs, and where known the outputs that belong to it, in the model's order.
  public struct DataSet {
    public let title: String
    public let inputs: [String: Value]
    public let outputs: [Value?]

    public init(title: String, inputs: [String: Value], outputs: [Value?] = []) {
      self.title = title
      self.inputs = inputs
      self.outputs = outputs
    }
  }

  private let precisions: [Precision]
  private let runsPerSet: Int
  public private(set) var result: CheckResult

  public init(tolerance: Tolerance, precisions: [Precision], runsPerSet: Int = 1) {
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
        var deviation = Deviation(model.outputs[index], precision, expected: expected, actual: actual, result.tolerance)
        if precision == .float64 { deviation.mismatches = precisions.contains(.own) ? 0 : deviation.mismatches }
        if let first = own?[index], let second = wide?[index] { deviation.ownRounding = Self.rounding(first, second) }
        run.outputs.append(deviation)
      }
    }
    result.runs.append(run)
  }

  /// Runs two models on the same inputs and compares their outputs, by name.
  public mutating func add(_ original: Model, _ candidate: Model, _ data: DataSet) throws {
    var run = CheckResult.Run(inputs: data.title, outputs: [])
    for precision in precisions {
      let expected = try self.run(original, data, precision)
      let actual = try self.run(candidate, data, precision)
      for (name, value) in zip(original.outputs, expected) {
        guard let place = candidate.outputs.firstIndex(of: name) else {
          throw EvaluationError(.unsuitableInput, "the candidate has no output '\(name)'")
        }
        guard let value, let other = actual[place] else { continue }
        run.outputs.append(Deviation(name, precision, expected: value, actual: other, result.tolerance))
      }
    }
    result.runs.append(run)
  }

  /// The finished result.
  public func concluded() -> CheckResult {
    var result = result
    result.conclude()
    return result
  }

  private mutating func run(_ model: Model, _ data: DataSet, _ precision: Precision) throws -> [Value?] {
    var outputs: [Value?] = []
    for _ in 0..<runsPerSet {
      let start = ContinuousClock.now
      let evaluation = try model.evaluate(data.inputs, precision: precision)
      let (seconds, attoseconds) = (ContinuousClock.now - start).components
      result.secondsPerRun[precision.rawValue, default: []].append(Double(seconds) + Double(attoseconds) * 1e-18)
      for failure in evaluation.unexecuted where !result.notExecuted.contains(failure) {
        result.notExecuted.append(failure)
      }
      result.nodes = max(result.nodes, model.nodeCount)
      result.executed = result.nodes - result.notExecuted.count
      outputs = evaluation.outputs
    }
    return outputs
  }

  /// The largest difference of two computations of one value.
  private static func rounding(_ first: Value, _ second: Value) -> Double? {
    let exact = Tolerance(relative: 0, absolute: 0)
    return Deviation("", .own, expected: second, actual: first, exact).maxAbsoluteError
  }
}
