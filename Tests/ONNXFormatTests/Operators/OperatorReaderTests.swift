import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXFormat

/// What a BatchNormalization means, version by version.
@Suite struct OperatorReaderTests {
  let folder = TemporaryFolder()

  struct Norm: Sendable, CustomTestStringConvertible {
    let opset: Int
    let attributes: [AttributeBytes]
    var outputs: [String] = []
    let code: String?
    let testDescription: String

    init(_ text: String, _ opset: Int, _ attributes: [AttributeBytes] = [], outputs: [String] = [], _ code: String?) {
      (testDescription, self.opset, self.attributes, self.outputs, self.code) = (text, opset, attributes, outputs, code)
    }
  }

  @Test(arguments: [
    Norm("1 trains unless told", 1, "training-mode"), Norm("1 as a test", 1, [.int("is_test", 1)], nil),
    Norm("1 as training", 1, [.int("is_test", 0)], "training-mode"),
    Norm("1 with what only it has", 1, [.int("is_test", 1), .ints("consumed_inputs", [0, 0, 0, 1, 1])], nil),
    Norm("1 of every position", 1, [.int("is_test", 1), .int("spatial", 0)], "non-spatial"),
    Norm("1 with outputs of training", 1, [.int("is_test", 1)], outputs: ["m", "v", "sm", "sv"], "training-mode"),
    Norm("6 trains unless told", 6, "training-mode"), Norm("6 as a test", 6, [.int("is_test", 1)], nil),
    Norm("6 of every position", 6, [.int("is_test", 1), .int("spatial", 0)], "non-spatial"),
    Norm("7 with one output", 7, nil), Norm("7 of every position", 7, [.int("spatial", 0)], "non-spatial"),
    Norm("7 of channels", 7, [.int("spatial", 1)], nil), Norm("7 with two outputs", 7, outputs: ["m"], "training-mode"),
    Norm("7 with outputs left out", 7, outputs: ["", "", "", ""], nil),
    Norm("8 of every position", 8, [.int("spatial", 0)], "non-spatial"), Norm("9 with one output", 9, nil),
    Norm("9 knows no positions", 9, [.int("spatial", 0)], nil),
    Norm("9 with two outputs", 9, outputs: ["m"], "training-mode"),
    Norm("13 with outputs left out", 13, outputs: ["", ""], nil), Norm("14 unless told", 14, nil),
    Norm("14 as training", 14, [.int("training_mode", 1)], outputs: ["m", "v"], "training-mode"),
    Norm("14 with outputs of training", 14, outputs: ["m", "v"], "training-mode"),
    Norm("13 with the mark of 14", 13, [.int("training_mode", 1)], "training-mode"),
    Norm("9 with the mark of 6", 9, [.int("is_test", 0)], "training-mode"),
    Norm("9 not as training", 9, [.int("is_test", 1), .int("training_mode", 0)], nil),
    Norm("15 as training", 15, [.int("training_mode", 1)], "training-mode"),
    Norm("15 not as training", 15, [.int("training_mode", 0)], nil), Norm("today's", 28, nil),
  ])
  func `a norm folds by the rules of its version`(norm: Norm) throws {
    let reading = try reading(norm)
    #expect(try reading.codes() == [norm.code])
    let mode = reading.operation(writing: "y")?.normalization?.mode
    #expect(mode == (norm.code == "training-mode" ? .training : .inference))
  }

  @Test(arguments: [
    (Norm("", 6, nil), "it is in training mode: is_test is not set"),
    (Norm("", 9, outputs: ["m"], nil), "it is in training mode: it has 2 outputs"),
    (Norm("", 15, [.int("training_mode", 1)], nil), "it is in training mode: training_mode is set"),
    (Norm("", 7, [.int("spatial", 0)], nil), "it has its own parameters for every position (spatial = 0)"),
  ])
  func `says why a norm does not fold`(norm: Norm, text: String) throws {
    #expect(try reading(norm).plan().outcomes.map(\.result.reason?.text) == [text])
  }

  @Test(arguments: [
    Norm("6", 6, nil), Norm("9", 9, outputs: ["m"], nil), Norm("15", 15, [.int("training_mode", 1)], nil),
  ])
  func `takes training as inference if asked for, with a warning`(norm: Norm) throws {
    var options = ReadingOptions()
    options.assumesInference = true
    let reading = try reading(norm, options)
    #expect(try reading.codes() == [nil])
    #expect(reading.operation(writing: "y")?.normalization?.mode == .assumedInference)
    let warning = try #require(try reading.plan().outcomes[0].warnings.first)
    #expect(warning.code == .assumedInference)
    #expect(warning.text.hasSuffix(", taken as inference as asked"))
  }

  @Test func `positions of their own are not taken for channels, asked or not`() throws {
    var options = ReadingOptions()
    options.assumesInference = true
    #expect(try reading(Norm("", 6, [.int("spatial", 0)], nil), options).codes() == ["non-spatial"])
  }

  @Test(
    arguments: [
      (nil, Double(Float(1e-5))), (0.1, Double(Float(0.1))), (1e-3, Double(Float(1e-3))), (0, 0),
    ] as [(Float?, Double)])
  func `epsilon is the stored float32, or that of the default`(epsilon: Float?, value: Double) throws {
    let model = ModelBytes {
      $0.input("c", [1, 2])
      $0.norm("c", "y", epsilon: epsilon)
      $0.output("y")
    }
    #expect(try model.reading(in: folder).operation(writing: "y")?.normalization?.epsilon == value)
  }

  @Test(arguments: [
    (9, Normalization.TypeFreedom.none), (13, .none), (14, .statistics), (15, .all), (28, .all),
  ])
  func `parameters may be of another type as the version allows`(
    opset: Int, freedom: Normalization.TypeFreedom
  ) throws {
    let norm = try #require(try reading(Norm("", opset, nil)).operation(writing: "y")?.normalization)
    #expect(norm.typeFreedom == freedom)
  }

  @Test func `a norm that is left out by its names stays`() throws {
    var options = ReadingOptions()
    options.isSelected = { node, output in node == "n" && output != "y" }
    let reading = try reading(Norm("", 15, nil), options)
    let reason = DeclineReason(.excluded, "it was left out by the options")
    #expect(try reading.plan().outcomes.map(\.result.reason) == [reason])
  }

  @Test func `somebody else's norm is not known`() throws {
    let reading = try ModelReading.handmade("foreign_domain")
    #expect(reading.operation(writing: "y")?.normalization?.mode == .unknown)
    let reason = DeclineReason(.foreignDomain, "its operator is defined by 'com.example', not by ONNX")
    #expect(try reading.plan().outcomes.map(\.result.reason) == [reason])
  }

  @Test func `a norm that the model defines for itself is not known`() throws {
    var model = ModelBytes(graph: .convNorm())
    model.function(
      "BatchNormalization", domain: "", inputs: ["x", "s", "b", "m", "v"], outputs: ["y"], opsets: [("", 17)]
    ) { $0.node("Identity", ["x"], ["y"]) }
    let reason = DeclineReason(.foreignDomain, "its operator is defined by the model itself, not by ONNX")
    #expect(try model.reading(in: folder).plan().outcomes.map(\.result.reason) == [reason])
  }

  @Test func `a norm in a function folds there, if its constants are the function's`() throws {
    var model = ModelBytes()
    model.function("F", domain: "d", inputs: ["x"], outputs: ["y"], opsets: [("", 17)]) {
      for name in ["w", "g", "b", "m", "v"] {
        $0.node("Constant", [], [name], .floats("value_floats", [1]))
      }
      $0.node("Constant", [], ["shape"], .ints("value_ints", [1, 1, 1]))
      $0.node("Reshape", ["w", "shape"], ["kernel"])
      $0.node("Conv", ["x", "kernel"], ["c"])
      $0.node("BatchNormalization", ["c", "g", "b", "m", "v"], ["y"])
    }
    let plan = try model.reading(in: folder).plan()
    #expect(plan.declinedCount == 0 && plan.folds.count == 1)
  }

  @Test func `a norm in a function that takes its parameters from the call stays`() throws {
    var model = ModelBytes()
    model.function("F", domain: "d", inputs: ["x", "g"], outputs: ["y"], opsets: [("", 17)]) {
      for name in ["b", "m", "v"] { $0.node("Constant", [], [name], .floats("value_floats", [1])) }
      $0.node("BatchNormalization", ["x", "g", "b", "m", "v"], ["y"])
    }
    #expect(try model.reading(in: folder).codes() == ["function-parameter"])
  }

  @Test func `a norm whose attributes a call gives is not known`() throws {
    let model = ModelBytes {
      $0.input("c", [1, 2])
      $0.norm("c", "y", epsilon: nil, .reference("epsilon", to: "e", type: 1))
      $0.output("y")
    }
    let reason = DeclineReason(
      .functionParameter, "its attributes come from the call of the function around it")
    #expect(try model.reading(in: folder).plan().outcomes.map(\.result.reason) == [reason])
  }

  @Test(arguments: ["gamma", "beta", "mean", "variance"])
  func `a parameter that is computed when the model runs declines`(name: String) throws {
    let model = ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.input("p", [2])
      $0.conv("x", "c")
      $0.normParameters("y")
      let inputs = ["gamma", "beta", "mean", "variance"].map { $0 == name ? "p" : "y.\($0)" }
      $0.node("BatchNormalization", ["c"] + inputs, ["y"])
    }
    let reason = DeclineReason(.parameterNotConstant, "its \(name) 'p' is computed when the model runs")
    #expect(try model.reading(in: folder).plan().outcomes.map(\.result.reason) == [reason])
  }

  private func reading(_ norm: Norm, _ options: ReadingOptions = ReadingOptions()) throws -> ModelReading {
    let model = ModelBytes(opset: norm.opset) {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c")
      $0.normParameters("y")
      $0.node(
        "BatchNormalization", ["c", "y.gamma", "y.beta", "y.mean", "y.variance"], ["y"] + norm.outputs, name: "n",
        attributes: norm.attributes)
    }
    return try model.reading(in: folder, options: options)
  }
}

extension OperatorReaderTests.Norm {
  init(_ text: String, _ opset: Int, outputs: [String] = [], _ code: String?) {
    self.init(text, opset, [], outputs: outputs, code)
  }
}

extension FoldPlan.Outcome.Result {
  var reason: DeclineReason? {
    if case .declined(let reason) = self { reason } else { nil }
  }
}
