import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXModel

@Suite struct ONNXDocumentTests {
  private let folder = TemporaryFolder()

  @Test func `an empty file is no model`() {
    expectFailure([], .malformed, "is empty")
  }

  @Test func `a message without a graph is no model`() {
    expectFailure(WireMessage { $0.varint(1, 8) }.bytes, .malformed, "is no ONNX model: it has no graph")
  }

  @Test func `knows its version and its operator sets`() throws {
    var model = ModelBytes(irVersion: 9)
    model.opsets = [("", 17), ("com.example", 2)]
    let document = try model.document(in: folder)
    #expect(document.irVersion == 9)
    #expect(document.opsetImports.map(\.domain) == ["", "com.example"])
    #expect(document.opsetImports.map(\.version) == [17, 2])
    #expect(document.path == folder.path("m.onnx"))
  }

  @Test func `a model that states no version has version 0`() throws {
    #expect(try ModelBytes(irVersion: nil).document(in: folder).irVersion == 0)
  }

  @Test func `knows its functions`() throws {
    var model = ModelBytes()
    model.function("F", domain: "d", inputs: ["a"], outputs: ["b"], opsets: [("", 13)]) {
      $0.node("Relu", ["a"], ["b"])
    }
    let function = try #require(try model.document(in: folder).functions.first)
    #expect(function.name == "F" && function.domain == "d")
    #expect(function.inputs == ["a"] && function.outputs == ["b"])
    #expect(function.nodes.map(\.operatorType) == ["Relu"])
    #expect(function.opsetImports.map(\.version) == [13])
  }

  @Test func `finds every tensor, wherever it is`() throws {
    var model = ModelBytes {
      $0.initializer("w", [1])
      $0.sparseInitializer(values: TensorBytes("v", [1]), indices: TensorBytes("i", [1]), shape: [1])
      let inner = GraphBytes {
        $0.initializer("inner", [1])
        $0.node("Constant", [], ["k"], .tensor("value", TensorBytes("deep", [1])))
      }
      $0.node("If", ["c"], ["y"], .graph("then_branch", inner))
      $0.node(
        "Op", [], ["z"], AttributeBytes("list", type: 9) { $0.message(10, TensorBytes("listed", [1]).message) },
        AttributeBytes("sparse", type: 11) { attribute in
          attribute.message(22) {
            $0.message(1, TensorBytes("sv", [1]).message)
            $0.message(2, TensorBytes("si", [1]).message)
          }
        })
    }
    model.function("F", domain: "d", inputs: [], outputs: [], opsets: []) {
      $0.node("Constant", [], ["k"], .tensor("value", TensorBytes("in function", [1])))
    }
    let trained = GraphBytes { $0.initializer("trained", [1]) }
    model.training = [WireMessage { $0.message(2, trained.message) }]
    let document = try model.document(in: folder)
    let expected: [Name] = [
      "w", "v", "i", "inner", "deep", "listed", "sv", "si", "in function", "trained",
    ]
    #expect(Set(document.allTensors().map(\.name)) == Set(expected))
    #expect(document.allTensors().count == expected.count)
    #expect(document.allInitializers().map(\.name) == ["w", "inner"])
  }

  @Test func `checks the length of tensors in attributes and functions too`() {
    let short = TensorBytes("t", type: 1, [2], raw: [0])
    let attribute = ModelBytes { $0.node("Constant", [], ["k"], .tensor("value", short)) }
    expectFailure(
      attribute.bytes, .malformed, "tensor 't': the shape [2] of float32 needs 8 bytes but 1 are stored")
    var function = ModelBytes()
    function.function("F", domain: "d", inputs: [], outputs: [], opsets: []) {
      $0.node("Constant", [], ["k"], .tensor("value", short))
    }
    expectFailure(
      function.bytes, .malformed, "tensor 't': the shape [2] of float32 needs 8 bytes but 1 are stored")
  }

  @Test func `finds external data by its offset and length`() throws {
    folder.write(littleEndian([9, 1, 2, 9]), to: "d")
    let document = try external([("location", "d"), ("offset", "4"), ("length", "8")]).document(in: folder)
    let tensor = document.graph.initializers[0]
    #expect(tensor.isExternal)
    #expect(try payloadBytes(#require(tensor.content)) == littleEndian([1, 2]))
  }

  @Test func `external data without offset and length is all that the shape needs, from the start`() throws {
    folder.write(littleEndian([1, 2, 9]), to: "d")
    let document = try external([("location", "d")]).document(in: folder)
    #expect(try payloadBytes(#require(document.graph.initializers[0].content)) == littleEndian([1, 2]))
  }

  @Test(arguments: [
    ([("location", "d"), ("offset", "12"), ("length", "8")], "needs 8 bytes from byte 12 of 'd', which holds 16"),
    ([("location", "d"), ("offset", "17"), ("length", "0")], "needs 0 bytes from byte 17 of 'd', which holds 16"),
    (
      [("location", "d"), ("offset", "9223372036854775807"), ("length", "8")],
      "needs 8 bytes from byte 9223372036854775807 of 'd', which holds 16"
    ),
    ([("location", "d"), ("offset", "-4")], "the offset '-4' of its external data is no number of bytes"),
    ([("location", "d"), ("length", "x")], "the length 'x' of its external data is no number of bytes"),
    ([("location", "d"), ("length", "4")], "the shape [2] of float32 needs 8 bytes but 4 are stored"),
  ])
  func `refuses external data that its file does not hold`(entries: [(String, String)], text: String) throws {
    folder.write(Array(repeating: 0, count: 16), to: "d")
    expectFailure(external(entries).bytes, .malformed, "tensor 'w': \(text)")
  }

  @Test func `refuses external data without a location or a file`() {
    expectFailure(
      external([]).bytes, .unreadable, "tensor 'w': external data '' must be a relative path without '..'")
    expectFailure(
      external([("location", "d")]).bytes, .unreadable, "tensor 'w': external data 'd' no such file or folder")
  }

  @Test func `refuses external data of a type whose elements have no size`() {
    folder.write([0], to: "d")
    let model = ModelBytes { $0.initializer(.external("w", type: 8, [1], [("location", "d")])) }
    expectFailure(model.bytes, .malformed, "tensor 'w': [1] of string cannot be stored as external data")
  }

  @Test func `names the files of external data without looking at them`() throws {
    let source = try folder.source(external([("location", "nowhere")]).bytes)
    #expect(try ONNXDocument.externalLocations(in: source) == ["nowhere"])
  }

  private func external(_ entries: [(String, String)]) -> ModelBytes {
    ModelBytes { $0.initializer(.external("w", [2], entries)) }
  }

  private func expectFailure(
    _ bytes: [UInt8], _ code: ModelFileError.Code, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let path = folder.write(bytes, to: "m.onnx")
    #expect(throws: ModelFileError(code, path: path, text), sourceLocation: sourceLocation) {
      try ONNXDocument(at: path)
    }
  }
}
