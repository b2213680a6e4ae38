import Tensors

/// A model's run in float64, and where wanted one in its own types, node by node.
struct RunPair<Model: Evaluator> {
  /// A value as a node made it in each run.
  struct Made: Sendable {
    let name: String
    let wide: Value
    let own: Value?
  }

  /// What one node was to make, and what it made.
  struct Step: Sendable {
    let outputs: [String]
    let values: [Made]
  }

  private var wide: Model.Run
  private var own: Model.Run?
  private(set) var unexecuted: [UnexecutedNode] = []

  init(_ model: Model, _ inputs: [String: Value], in precisions: [Precision] = Precision.allCases) throws {
    wide = try model.start(with: inputs, precision: .float64)
    own = precisions.contains(.own) ? try model.start(with: inputs, precision: .own) : nil
  }

  /// The names of what the next node makes; nil where none is left.
  var nextOutputs: [String]? { wide.nextOutputs }

  /// Executes the next node in both; nil where none is left.
  mutating func step() throws -> Step? {
    guard let wideStep = try wide.step() else { return nil }
    let ownStep = try own?.step()
    if let failure = wideStep.failure ?? ownStep?.failure { unexecuted.append(failure) }
    return Step(
      outputs: wide.lastOutputs,
      values: wideStep.values.map { name, value in
        Made(name: name, wide: value, own: ownStep?.values.first { $0.name == name }?.value)
      })
  }

  /// The outputs, by precision.
  ///
  /// - Precondition: No node is left.
  mutating func takeOutputs() throws -> [Precision: [Value?]] {
    var outputs = [Precision.float64: try wide.takeOutputs()]
    outputs[.own] = try own?.takeOutputs()
    return outputs
  }
}
