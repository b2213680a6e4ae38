import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXModel

@Suite struct GraphViewTests {
  private let folder = TemporaryFolder()

  @Test func `lists its parts in the file's order`() throws {
    let graph = try graph {
      $0.name = "net"
      $0.node("Conv", ["x", "w", ""], ["c"], name: "first", .ints("pads", [1, 1]))
      $0.node("BatchNormalization", ["c"], ["y", ""], domain: "com.example")
      $0.initializer("w", [2])
      $0.initializer("b", [1])
      $0.input("x", [nil, 3])
      $0.output("y", nil)
      $0.note("c", [1])
      $0.annotate("c", parameters: ["s", "z"])
    }
    #expect(graph.name == "net")
    #expect(graph.nodeCount == 2)
    #expect(graph.nodes.map(\.operatorType) == ["Conv", "BatchNormalization"])
    #expect(graph.nodes.map(\.name) == ["first", ""])
    #expect(graph.nodes.map(\.domain) == ["", "com.example"])
    #expect(graph.nodes[0].inputs == ["x", "w", ""])
    #expect(graph.nodes[1].outputs == ["y", ""])
    #expect(graph.nodes[0].attribute("pads")?.integers == [1, 1])
    #expect(graph.nodes[0].attribute("group") == nil)
    #expect(graph.initializers.map(\.name) == ["w", "b"])
    #expect(graph.inputs.map(\.name) == ["x"] && graph.outputs.map(\.name) == ["y"])
    #expect(graph.valueInfo.map(\.name) == ["c"])
    #expect(graph.quantizationAnnotations.map(\.value) == ["c"])
    #expect(graph.quantizationAnnotations[0].parameters == ["s", "z"])
  }

  @Test func `a sparse initializer has the name of its values`() throws {
    let graph = try graph {
      $0.sparseInitializer(
        values: TensorBytes("sparse", [1]), indices: .int64("", [1], [5]), shape: [3, 3])
    }
    #expect(graph.sparseInitializers.map(\.values?.name) == ["sparse"])
  }

  @Test(arguments: [([nil, 3], [nil, 3]), ([], []), (nil, nil)] as [([Int?]?, [Int?]?)])
  func `a value's shape may have symbols or not be stated`(stated: [Int?]?, shape: [Int?]?) throws {
    let graph = try graph { $0.input("x", stated, type: 10) }
    #expect(graph.inputs[0].shape == shape)
    #expect(graph.inputs[0].elementType == .float16)
  }

  @Test func `a value that is no tensor has neither type nor shape`() throws {
    // A value info whose type is a sequence.
    let info = WireMessage {
      $0.string(1, "x")
      $0.message(2) { $0.message(4) { _ in } }
    }
    let graph = try WireMessage { model in
      model.message(7) { $0.message(11, info) }
    }.graph(in: folder)
    #expect(graph.inputs[0].name == "x")
    #expect(graph.inputs[0].elementType == nil && graph.inputs[0].shape == nil)
  }

  @Test func `finds the graphs inside a node's attributes`() throws {
    let graph = try graph {
      $0.node(
        "If", ["c"], ["y"], .graph("then_branch", GraphBytes { $0.name = "a" }),
        .graph("else_branch", GraphBytes { $0.name = "b" }))
    }
    #expect(graph.nodes[0].subgraphs.map(\.name) == ["a", "b"])
  }

  private func graph(_ build: (inout GraphBytes) -> Void) throws -> GraphView {
    try ModelBytes(opset: 17, build).document(in: folder).graph
  }
}

extension WireMessage {
  fileprivate func graph(in folder: TemporaryFolder) throws -> GraphView {
    try ONNXDocument(at: folder.write(bytes, to: "m.onnx")).graph
  }
}
