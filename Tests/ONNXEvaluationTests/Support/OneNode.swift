import Equivalence
import ONNXModelTests
import ProtobufIOTests
import Tensors
import Testing

@testable import ONNXEvaluation

/// A model of one node, which is run on the tensors that it is given.
struct OneNode: Sendable {
  private let type: String
  private let opset: Int
  private let outputs: Int
  private let attributes: [AttributeBytes]

  init(_ type: String, opset: Int = 17, outputs: Int = 1, _ attributes: AttributeBytes...) {
    self.type = type
    self.opset = opset
    self.outputs = outputs
    self.attributes = attributes
  }

  /// What a run gives; nil stands for an input that is left out.
  func evaluation(
    _ inputs: [Tensor?], precision: Precision = .own, budget: RunBudget = RunBudget()
  ) throws -> Evaluation {
    let model = ModelBytes(opset: opset) { graph in
      for (index, tensor) in inputs.enumerated() {
        if let tensor { graph.input("x\(index)", nil, type: tensor.kind.number) }
      }
      let names = inputs.indices.map { inputs[$0] == nil ? "" : "x\($0)" }
      let results = (0..<outputs).map { "y\($0)" }
      graph.node(type, names, results, attributes: attributes)
      for name in results { graph.output(name) }
    }
    var values: [String: Value] = [:]
    for (index, tensor) in inputs.enumerated() { values["x\(index)"] = tensor.map { .tensor($0) } }
    return try model.evaluator(in: TemporaryFolder(), budget: budget).evaluate(values, precision: precision)
  }

  /// The outputs, all of which must be tensors.
  func results(_ inputs: Tensor?..., precision: Precision = .own) throws -> [Tensor] {
    let evaluation = try evaluation(inputs, precision: precision)
    try #require(evaluation.unexecuted.isEmpty, "\(evaluation.unexecuted.map { $0.reason })")
    return try evaluation.outputs.map { try #require($0?.tensor) }
  }

  /// The first output.
  func callAsFunction(_ inputs: Tensor?..., precision: Precision = .own) throws -> Tensor {
    let evaluation = try evaluation(inputs, precision: precision)
    try #require(evaluation.unexecuted.isEmpty, "\(evaluation.unexecuted.map { $0.reason })")
    return try #require(evaluation.outputs[0]?.tensor)
  }

  /// Why the node cannot be executed, nil where it can be.
  func failure(_ inputs: Tensor?...) throws -> String? { try evaluation(inputs).unexecuted.first?.reason }
}

extension ModelBytes {
  func evaluator(
    in folder: TemporaryFolder, threads: Int = 1, budget: RunBudget = RunBudget()
  ) throws -> ONNXEvaluator {
    try ONNXEvaluator(try importedGraph(in: folder), threads: threads, budget: budget)
  }

  /// Runs the model in a folder of its own.
  func evaluation(
    _ inputs: [String: Tensor] = [:], precision: Precision = .own, budget: RunBudget = RunBudget()
  ) throws -> Evaluation {
    let folder = TemporaryFolder()
    return try evaluator(in: folder, budget: budget).evaluate(inputs.mapValues { .tensor($0) }, precision: precision)
  }

  /// The first output, which must be a tensor.
  func result(_ inputs: [String: Tensor] = [:], precision: Precision = .own) throws -> Tensor {
    let evaluation = try evaluation(inputs, precision: precision)
    try #require(evaluation.unexecuted.isEmpty, "\(evaluation.unexecuted.map { $0.reason })")
    return try #require(evaluation.outputs[0]?.tensor)
  }
}
