import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXFormat

@Suite struct OperatorArityTests {
  private let folder = TemporaryFolder()

  @Test(arguments: [
    ("Conv", 17, 3), ("Gemm", 9, 3), ("MatMul", 13, 2), ("BatchNormalization", 7, 5), ("Reshape", 4, 1),
    ("Reshape", 5, 2), ("Slice", 9, 1), ("Slice", 10, 5), ("Dropout", 11, 1), ("Dropout", 12, 3), ("ReduceSum", 13, 2),
    ("ReduceMean", 17, 1), ("ReduceMean", 18, 2), ("Resize", 10, 2), ("Resize", 11, 4), ("Pad", 17, 3), ("Pad", 18, 4),
    ("Split", 1, 2), ("Split", 2, 1), ("Split", 13, 2), ("Tile", 5, 3), ("Tile", 6, 2), ("Squeeze", 12, 1),
  ])
  func `an operator has as many inputs as its operator set says`(type: String, opset: Int, inputs: Int) {
    #expect(OperatorArity.inputLimit(of: type, opset: opset) == inputs)
  }

  @Test(arguments: ["Concat", "Sum", "Max", "Op"]) func `others have any number`(type: String) {
    #expect(OperatorArity.inputLimit(of: type, opset: 17) == nil)
  }

  @Test func `a norm with another input stays`() throws {
    var graph = GraphBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c")
      $0.normParameters("y")
    }
    graph.node("BatchNormalization", ["c", "y.gamma", "y.beta", "y.mean", "y.variance", "y.mean"], ["y"], name: "n")
    graph.output("y")
    let plan = try ModelBytes(graph: graph).reading(in: folder).plan()
    guard case .declined(let reason)? = plan.outcomes.first?.result else {
      Issue.record("the norm went")
      return
    }
    #expect(reason.code.text == "too-many-inputs")
    #expect(reason.text == "the BatchNormalization 'n' has 6 inputs, but its operator at most 5 at opset 17")
  }

  @Test(arguments: [
    ("Conv", ["x", "w", "b", "b"]), ("Gemm", ["x", "w", "b", "b"]), ("MatMul", ["x", "w", "b"]),
    ("ConvTranspose", ["x", "w", "b", "b"]),
  ])
  func `an operator with another input takes nothing in`(type: String, inputs: [String]) throws {
    let reading = try ModelBytes(opset: 17) {
      $0.input("x", [1, 2, 1, 1])
      $0.initializer("w", [2, 2, 1, 1])
      $0.initializer("b", [2])
      $0.node(type, inputs, ["c"], name: "n")
      $0.norm("c", "y")
      $0.output("y")
    }.reading(in: folder)
    #expect(try reading.codes() == ["too-many-inputs"])
    #expect(
      reading.refusal(of: "c")?.text
        == "the \(type) 'n' has \(inputs.count) inputs, but its operator at most \(inputs.count - 1) at opset 17")
  }

  @Test func `an input that is left out behind the last is none too many`() throws {
    let reading = try ModelBytes(opset: 17) {
      $0.input("x", [1, 1, 1, 1])
      $0.initializer("w", [2, 1, 1, 1])
      $0.node("Conv", ["x", "w", "", ""], ["c"])
      $0.norm("c", "y")
      $0.output("y")
    }.reading(in: folder)
    #expect(try reading.codes() == [nil])
  }

  @Test func `a constant with another input than its node has is not known`() throws {
    let reading = try ModelBytes(opset: 17) {
      $0.initializer("w", [2])
      $0.node("Identity", ["w", "w"], ["k"])
    }.reading(in: folder)
    #expect(reading.value("k")?.constant == nil)
  }

  // MARK: - Outputs

  @Test(
    arguments: [
      ("Add", 1), ("Conv", 1), ("Relu", 1), ("Op", 1), ("Dropout", 2), ("MaxPool", 2), ("LSTM", 3), ("If", nil),
      ("Split", nil),
    ] as [(String, Int?)])
  func `an operator has as many outputs as the specification says`(type: String, outputs: Int?) {
    #expect(OperatorArity.outputLimit(of: type) == outputs)
  }

  /// Between a Conv and a norm, which reads the output that the operator does not have.
  @Test(arguments: ["Add", "Relu", "Transpose", "Concat", "Identity", "Mul", "Conv", "AveragePool", "Reshape"])
  func `nothing moves through an operator with another output`(type: String) throws {
    let reading = try ModelBytes(opset: 17) {
      $0.input("x", [1, 2, 1, 1])
      $0.initializer("w", [2, 2, 1, 1])
      $0.initializer("b", [1, 2, 1, 1])
      $0.initializer("s", [4])
      $0.node("Conv", ["x", "w"], ["c"])
      switch type {
      case "Add", "Mul": $0.node(type, ["c", "b"], ["d", "e"], name: "n")
      case "Conv": $0.node(type, ["c", "w"], ["d", "e"], name: "n")
      case "Reshape": $0.node(type, ["c", "s"], ["d", "e"], name: "n")
      default: $0.node(type, ["c"], ["d", "e"], name: "n")
      }
      $0.norm("e", "y")
      $0.output("y")
    }.reading(in: folder)
    #expect(try reading.codes() == ["too-many-outputs"])
    #expect(
      reading.refusal(of: "d")?.text == "the \(type) 'n' has 2 outputs, but its operator at most 1 at opset 17")
  }

  @Test func `an output that is left out behind the last is none too many`() throws {
    let reading = try ModelBytes(opset: 17) {
      $0.input("x", [1, 1, 1, 1])
      $0.initializer("w", [2, 1, 1, 1])
      $0.node("Conv", ["x", "w"], ["c", ""])
      $0.norm("c", "y")
      $0.output("y")
    }.reading(in: folder)
    #expect(try reading.codes() == [nil])
  }
}
