import Equivalence
import Tensors

/// A model of one node, which adds a number to its input; in float64 another one.
struct FakeModel: Evaluator {
  let inputs = [InputDescription(name: "x", kind: .float32, shape: [nil], hasDefault: false)]
  var outputs = ["y"]
  var own: Float = 1
  var float64: Float = 1
  var failure: UnexecutedNode?

  var valueNames: [String] { outputs }
  var valueSources: [String: [String]] { [:] }
  var nodeCount: Int { 1 }

  func channelAxis(of value: String) -> Int? { 1 }

  func start(with inputs: [String: Value], precision: Precision) throws -> Run {
    guard case .float32(let x)? = inputs["x"]?.tensor?.elements else {
      throw EvaluationError(.unsuitableInput, "input 'x' is missing")
    }
    let sum = x.map { $0 + (precision == .own ? own : float64) }
    return Run(names: outputs, value: .tensor(stated { try Tensor(shape: [x.count], sum) }), failure: failure)
  }

  func start(from values: [String: Value], to output: String, precision: Precision) throws -> Run {
    try start(with: values, precision: precision)
  }

  struct Run: EvaluationRun {
    let names: [String]
    let value: Value
    let failure: UnexecutedNode?
    private var isDone = false

    init(names: [String], value: Value, failure: UnexecutedNode?) {
      self.names = names
      self.value = value
      self.failure = failure
    }

    mutating func step() -> EvaluationStep? {
      if isDone { return nil }
      isDone = true
      if let failure { return EvaluationStep(values: [], failure: failure) }
      return EvaluationStep(values: names.map { ($0, value) })
    }

    var nextOutputs: [String]? { isDone ? nil : names }
    var lastOutputs: [String] { isDone ? names : [] }

    mutating func takeOutputs() -> [Value?] { names.map { _ in failure == nil ? value : nil } }
  }
}
