import Equivalence
import ModelGraph
import ONNXModel
import ONNXModelTests
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXEvaluation

@Suite struct GraphPartsTests {
  private let folder = TemporaryFolder()

  private func evaluator() throws -> ONNXEvaluator {
    try ModelBytes {
      $0.input("x", [2])
      $0.initializer("k", [2], [3, 5])
      $0.node("Neg", ["x"], ["a"])
      $0.node("Mul", ["a", "k"], ["b"])
      $0.node("Add", ["b", "a"], ["y"])
      $0.output("y")
    }.evaluator(in: folder)
  }

  private func result(_ evaluator: ONNXEvaluator, from values: [String: Value], to name: String) throws -> [Double]? {
    var run = try evaluator.start(from: values, to: name, precision: .own)
    while try run.step() != nil {}
    return try run.takeOutputs()[0]?.tensor?.doubles
  }

  @Test func `a part runs from an inner value to another`() throws {
    let one = ["a": Value.tensor(reals([1, 1]))]
    #expect(try result(evaluator(), from: one, to: "b") == [3, 5])
    #expect(try result(evaluator(), from: one, to: "y") == [4, 6])
    #expect(try result(evaluator(), from: ["x": .tensor(reals([1, 1]))], to: "b") == [-3, -5])
  }

  @Test func `a value that is not made of the given ones is an error`() throws {
    #expect(throws: EvaluationError(.unsuitableInput, "'y' is not made of [\"b\"]")) {
      try result(evaluator(), from: ["b": .tensor(reals([1, 1]))], to: "y")
    }
    #expect(throws: EvaluationError.self) { try result(evaluator(), from: [:], to: "nothing") }
  }

  @Test func `a replaced constant is read in place of the stored one`() throws {
    let graph = try ModelBytes {
      $0.input("x", [2])
      $0.initializer("k", [2], [3, 5])
      $0.node("Mul", ["x", "k"], ["y"])
      $0.output("y")
    }.importedGraph(in: folder)
    let evaluator = try ONNXEvaluator(
      graph, threads: 1, replacing: [graph.constants[0].value: { reals([10, 20]) }])
    let outputs = try evaluator.evaluate(["x": .tensor(reals([1, 2]))]).outputs
    #expect(outputs[0]?.tensor?.doubles == [10, 40])
  }

  @Test func `an input that nothing reads need not be given`() throws {
    let evaluator = try ModelBytes {
      $0.input("x", [2])
      $0.input("unread", [2])
      $0.node("Neg", ["x"], ["y"])
      $0.output("y")
    }.evaluator(in: folder)
    #expect(try evaluator.evaluate(["x": .tensor(reals([1, 2]))]).outputs[0]?.tensor?.doubles == [-1, -2])
  }
}
