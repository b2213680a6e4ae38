import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import Testing

@testable import ONNXFormat

/// Graphs that the ONNX specification forbids; each with its exact sentence.
extension GraphReaderTests {
  struct Failure: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let model: ModelBytes

    init(_ text: String, _ build: (inout GraphBytes) -> Void) {
      testDescription = text
      model = ModelBytes(opset: 17, build)
    }
  }

  @Test(arguments: [
    Failure("node 'one' (Relu) reads 'nothing', which nothing before it defines") {
      $0.node("Relu", ["nothing"], ["y"], name: "one")
    },
    Failure("node 0 (Relu) reads 'b', which nothing before it defines") {
      $0.node("Relu", ["b"], ["a"])
      $0.node("Relu", ["a"], ["b"])
    },
    Failure("node 0 (Relu) reads 'y', which nothing before it defines") { $0.node("Relu", ["y"], ["y"]) },
    Failure("value 'y' is defined twice, the second time by node 'two' (Tanh)") {
      $0.node("Relu", [], ["y"])
      $0.node("Tanh", [], ["y"], name: "two")
    },
    Failure("value 'y' is defined twice, the second time by node 0 (Split)") { $0.node("Split", [], ["y", "y"]) },
    Failure("value 'x' is defined twice, the second time by the graph's inputs") {
      $0.input("x", [1])
      $0.input("x", [1])
    },
    Failure("value 'w' is defined twice, the second time by the initializers") {
      $0.initializer("w", [1])
      $0.initializer("w", [1])
    },
    Failure("value 'w' is defined twice, the second time by the initializers") {
      $0.input("w", [1])
      $0.initializer("w", [1])
      $0.initializer("w", [1])
    },
    Failure("value 'w' is defined twice, the second time by the initializers") {
      $0.initializer("w", [1])
      $0.sparseInitializer(values: TensorBytes("w", [1]), indices: TensorBytes("", [1]), shape: [1])
    },
    Failure("value 'x' is defined twice, the second time by node 0 (Relu)") {
      $0.input("x", [1])
      $0.node("Relu", ["x"], ["x"])
    },
    Failure("graph output 'y' of / is defined by nothing") { $0.output("y") },
    Failure("graph output 'i' of /if/then_branch is defined by nothing") {
      $0.node("If", [], ["y"], name: "if", .graph("then_branch", GraphBytes { $0.output("i") }))
    },
    Failure("node 0 (Relu) reads 'y', which nothing before it defines") {
      // Inside a node, before its own output.
      $0.node("If", [], ["y"], .graph("then_branch", GraphBytes { $0.node("Relu", ["y"], ["i"]) }))
    },
    Failure("node 1 (Relu) reads 'i', which nothing before it defines") {
      $0.node("If", [], ["y"], .graph("then_branch", GraphBytes { $0.node("Relu", [], ["i"]) }))
      $0.node("Relu", ["i"], ["z"])
    },
    Failure("node 0 has no operator type") { $0.node("", [], ["y"]) },
    Failure("node 'n' (Op) needs the domain 'com.example', of which the model imports no version") {
      $0.node("Op", [], ["y"], name: "n", domain: "com.example")
    },
    Failure("BatchNormalization has 2 inputs and 1 outputs; it needs X, scale, B, mean, var and Y") {
      $0.input("x", [1])
      $0.node("BatchNormalization", ["x", "x"], ["y"])
    },
    Failure("BatchNormalization 'n' has 5 inputs and 1 outputs; it needs X, scale, B, mean, var and Y") {
      $0.input("x", [1])
      $0.node("BatchNormalization", ["x", "x", "x", "", "x"], ["y"], name: "n")
    },
    Failure("BatchNormalization has 5 inputs and 1 outputs; it needs X, scale, B, mean, var and Y") {
      $0.input("x", [1])
      $0.node("BatchNormalization", ["x", "x", "x", "x", "x"], [""])
    },
    Failure("attribute 'epsilon' is not a float, as its operator needs") {
      $0.input("c", [1])
      $0.norm("c", "y", epsilon: nil, .int("epsilon", 1))
    },
  ])
  func `refuses as malformed`(failure: Failure) {
    expectFailure(failure.model, .malformed, failure.testDescription)
  }

  @Test(arguments: [0, -1, 29, 1000])
  func `refuses versions of the operators that are not known`(version: Int) {
    expectFailure(
      ModelBytes(opset: version), .unsupported, "opset \(version) is not known; 1 to 28 are")
  }

  @Test func `refuses a version in a function that is not known`() {
    var model = ModelBytes()
    model.function("F", domain: "d", inputs: [], outputs: [], opsets: [("", 99)]) { _ in }
    expectFailure(model, .unsupported, "opset 99 is not known; 1 to 28 are")
  }

  @Test func `takes any version of other domains`() throws {
    var model = ModelBytes()
    model.opsets = [("", 17), ("com.example", 4711)]
    _ = try model.reading(in: folder())
  }

  @Test(arguments: [("", ""), ("", "ai.onnx"), ("com.example", "com.example")])
  func `refuses two imports of one domain`(first: String, second: String) {
    var model = ModelBytes()
    model.opsets = [(first, 17), (second, 18)]
    expectFailure(
      model, .malformed, "imports the operator set '\(first)' twice, as version 17 and 18")
  }

  @Test func `refuses ONNX's operators where no version of them is imported`() {
    var model = ModelBytes { $0.node("Relu", [], ["y"]) }
    model.opsets = [("com.example", 1)]
    expectFailure(
      model, .malformed, "node 0 (Relu) needs ONNX's own operators, of which the model imports no version")
  }

  @Test func `refuses a function that does not define its output`() {
    var model = ModelBytes()
    model.function("F", domain: "d", inputs: ["a"], outputs: ["b"], opsets: [("", 17)]) { _ in }
    expectFailure(model, .malformed, "output 'b' of function 'F' is defined by nothing")
  }

  @Test func `a function knows nothing of the model's values`() {
    var model = ModelBytes { $0.input("x", [1]) }
    model.function("F", domain: "d", inputs: [], outputs: [], opsets: [("", 17)]) { $0.node("Relu", ["x"], ["y"]) }
    expectFailure(model, .malformed, "node 0 (Relu) reads 'x', which nothing before it defines")
  }

  private func expectFailure(
    _ model: ModelBytes, _ code: ModelFileError.Code, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let folder = folder()
    #expect(throws: ModelFileError(code, path: folder.path("m.onnx"), text), sourceLocation: sourceLocation) {
      try model.reading(in: folder)
    }
  }

  private func folder() -> TemporaryFolder { TemporaryFolder() }
}
