public import Tensors

/// Something that can run a model: one for each format.
public protocol Evaluator {
  associatedtype Run: EvaluationRun

  /// What the model takes, in order.
  var inputs: [InputDescription] { get }

  /// The names of what the model gives, in order.
  var outputs: [String] { get }

  /// The names of the values that the main graph's nodes make of its inputs, in the order in which they are made.
  ///
  /// What depends on constants alone is not among them.
  var valueNames: [String] { get }

  /// For each of them the names of the values that its node reads.
  var valueSources: [String: [String]] { get }

  /// The axis along which a value's channels lie; nil where it has none.
  func channelAxis(of value: String) -> Int?

  /// The number of nodes of the main graph.
  var nodeCount: Int { get }

  /// Begins a run.
  ///
  /// - Parameter inputs: By name; those that have a default may be left out.
  /// - Throws: `EvaluationError` where an input is missing or does not fit.
  func start(with inputs: [String: Value], precision: Precision) throws -> Run

  /// Begins a run of a part of the main graph: from some of its values to another one.
  ///
  /// - Throws: `EvaluationError` where the one is not made of the others.
  func start(from values: [String: Value], to output: String, precision: Precision) throws -> Run
}

extension Evaluator {
  /// Runs a part of the main graph.
  ///
  /// - Returns: nil where a node of it cannot be executed.
  func evaluate(from values: [String: Value], to output: String, precision: Precision) throws -> Tensor? {
    var run = try start(from: values, to: output, precision: precision)
    while try run.step() != nil {}
    return try run.takeOutputs().first?.flatMap(\.tensor)
  }

  /// Runs the whole model.
  public func evaluate(_ inputs: [String: Value], precision: Precision = .own) throws -> Evaluation {
    var run = try start(with: inputs, precision: precision)
    var unexecuted: [UnexecutedNode] = []
    while let step = try run.step() {
      if let failure = step.failure { unexecuted.append(failure) }
    }
    return Evaluation(outputs: try run.takeOutputs(), unexecuted: unexecuted)
  }
}

/// A run of a model, one node at a time.
///
/// Two runs can so be led side by side, and each value compared while it is there.
public protocol EvaluationRun {
  /// Executes the next node; nil where none is left.
  ///
  /// - Throws: Where the model's file cannot be read.
  mutating func step() throws -> EvaluationStep?

  /// The names of what the next node makes; nil where none is left.
  var nextOutputs: [String]? { get }

  /// The names of what the last node was to make.
  var lastOutputs: [String] { get }

  /// The values of the model's outputs, nil for each that could not be made.
  ///
  /// - Precondition: No node is left.
  /// - Throws: Where a constant that is an output cannot be read.
  mutating func takeOutputs() throws -> [Value?]
}

/// What one node gave.
public struct EvaluationStep {
  /// The node's outputs, by name.
  public let values: [(name: String, value: Value)]

  /// Why there are none.
  public let failure: UnexecutedNode?

  public init(values: [(name: String, value: Value)], failure: UnexecutedNode? = nil) {
    self.values = values
    self.failure = failure
  }
}

/// What a whole run gave.
public struct Evaluation: Sendable {
  /// In the order of the model's outputs; nil for each that could not be made.
  public let outputs: [Value?]

  /// The nodes that could not be executed.
  public let unexecuted: [UnexecutedNode]
}
