import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import RecordedData
import Testing

@testable import ONNXFormat

/// What integers are made numbers by, and biases that are integers.
extension OperatorReaderTests {
  @Test(arguments: ["s", "z"])
  func `scales and zero points must be constants`(name: String) throws {
    // What makes the integers is not the question: of these there is a scale or a zero point that only a run knows.
    let model = ModelBytes {
      $0.input("x", [nil, 2, nil])
      $0.input("in", [2], type: name == "s" ? 1 : 3)
      $0.initializer(TensorBytes("q", type: 3, [2, 2, 1], raw: [1, 2, 3, 4]))
      $0.initializer("half", [2], [0.5, 0.25])
      $0.node("Cast", ["in"], ["made"], .int("to", name == "s" ? 1 : 3))
      $0.node(
        "DequantizeLinear", name == "s" ? ["q", "made"] : ["q", "half", "made"], ["d"], .int("axis", 0))
      $0.node("Conv", ["x", "d"], ["c"], name: "n")
    }
    let text = name == "s" ? "has a scale that is not a stored constant" : "has a zero point that is not a constant"
    #expect(
      try model.reading(in: folder).refusal(of: "c")
        == DeclineReason(.weightQuantized, "the weight of the Conv 'n', which is quantized, \(text)"))
  }

  @Test func `integers that are computed make no weight`() throws {
    let model = ModelBytes {
      $0.input("x", [nil, 2, nil])
      $0.input("q", [2, 2, 1], type: 3)
      $0.initializer("s", [2])
      $0.node("DequantizeLinear", ["q", "s"], ["d"], .int("axis", 0))
      $0.node("Conv", ["x", "d"], ["c"])
    }
    let reason = DeclineReason(
      .weightNotConstant, "Conv beside it: its weight 'd' is computed when the model runs")
    #expect(try model.reading(in: folder).refusal(of: "c") == reason)
  }

  @Test(arguments: [([0.5, 0.25], [0.5, 0.25]), ([0.5], [0.5, 0.5])] as [([Float], [Double])])
  func `a bias of 32-bit integers has a step for each channel`(scales: [Float], steps: [Double]) throws {
    let model = QuantizedModel(bias: ([6, -8], scales))
    let reading = try model.model().reading(in: folder)
    let linear = try #require(reading.operation(writing: "c")?.linear)
    guard case .constant(let bias, _, _) = linear.bias else { return #expect(Bool(false), "it has a bias") }
    #expect(reading.graph[bias].steps == scales.map { Double($0) })
    #expect(try reading.contents.elements(of: bias) == [6 * steps[0], -8 * steps[1]])
  }

  @Test func `a bias of plain numbers has no steps`() throws {
    let model = ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c", bias: [1, 2])
    }
    let reading = try model.reading(in: folder)
    guard case .constant(let bias, _, _)? = reading.operation(writing: "c")?.linear?.bias else {
      return #expect(Bool(false), "it has a bias")
    }
    #expect(reading.graph[bias].steps == nil)
  }
}
