import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import RecordedData
import Testing

@testable import ONNXFormat

/// Rectifiers, which scales of at least 0 pass, and whatever looks like one.
extension OperatorReaderTests {
  @Test(
    arguments: [
      ("Relu", [], 6), ("Relu", [], 14), ("LeakyRelu", [], 6), ("LeakyRelu", [.float("alpha", 0.25)], 16),
      ("LeakyRelu", [.float("alpha", -2)], 16), ("PRelu", [], 7), ("PRelu", [], 16),
    ] as [(String, [AttributeBytes], Int)])
  func `a rectifier keeps every element in place, lets scales of at least 0 pass and no shift`(
    type: String, attributes: [AttributeBytes], opset: Int
  ) throws {
    let carrier = try #require(
      try rectifier(type, attributes, opset: opset).reading(in: folder).carrier(writing: "y"))
    guard case .sameAxes = carrier.layout, case .notNegative = carrier.scaleDemand else {
      return #expect(Bool(false), "it is a rectifier")
    }
    #expect(carrier.mixedAxes.isEmpty)
    #expect(
      carrier.shiftObstacle == DeclineReason(.noLinearProducer, "its input 'y' comes from the \(type) 'n'"))
  }

  @Test(arguments: [[], [1], [2, 1, 1], [2, 3, 3]])
  func `a PRelu's slopes may vary as they like, if they are constant`(shape: [Int]) throws {
    #expect(try rectifier("PRelu", slopes: shape).reading(in: folder).carrier(writing: "y") != nil)
    let computed = ModelBytes {
      $0.input("x", [nil, 2, 3, 3])
      $0.input("k", shape)
      $0.node("PRelu", ["x", "k"], ["y"])
    }
    #expect(try computed.reading(in: folder).isOpaque("y"))
  }

  @Test(arguments: ["Elu", "Selu", "Clip", "Sigmoid", "Tanh", "Softplus", "HardSwish", "Gelu"])
  func `what bends elsewhere lets nothing pass`(type: String) throws {
    #expect(try rectifier(type).reading(in: folder).isOpaque("y"))
  }

  @Test func `a rectifier whose slope a call gives is not known`() throws {
    var model = ModelBytes()
    model.function("F", domain: "d", inputs: ["x"], outputs: ["y"], opsets: [("", 17)]) {
      $0.node("LeakyRelu", ["x"], ["y"], .reference("alpha", to: "a", type: 1))
    }
    #expect(try model.reading(in: folder).isOpaque("y"))
  }

  private func rectifier(
    _ type: String, _ attributes: [AttributeBytes] = [], opset: Int = 17, slopes: [Int] = [2, 1, 1]
  ) -> ModelBytes {
    ModelBytes(opset: opset) {
      $0.input("x", [nil, 2, 3, 3])
      if type == "PRelu" { $0.initializer("k", slopes) }
      $0.node(type, type == "PRelu" ? ["x", "k"] : ["x"], ["y"], name: "n", attributes: attributes)
    }
  }
}
