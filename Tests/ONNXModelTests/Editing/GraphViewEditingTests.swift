import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXModel

@Suite struct GraphViewEditingTests {
  private let folder = TemporaryFolder()

  @Test func `replaces the nodes`() throws {
    let graph = try graph()
    let node = try graph.document.makeNode("Relu", name: "", inputs: ["x"], outputs: ["r"])
    try graph.setNodes([node] + graph.nodes)
    #expect(graph.nodes.map(\.operatorType) == ["Relu", "Conv"])
    try graph.setNodes([])
    #expect(graph.nodeCount == 0)
  }

  @Test(arguments: [false, true])
  func `adds initializers behind the others, as inputs too where old versions demand it`(listed: Bool) throws {
    let graph = try graph()
    let tensor = try graph.document.makeTensor(
      name: "n", type: .float16, shape: [2, 3], content: PayloadContent(.repeated(element: [0, 0], count: 6)))
    #expect(tensor.isNew)
    try graph.addInitializers([tensor], listedAsInputs: listed)
    #expect(graph.initializers.map(\.name) == ["w", "b", "n"])
    #expect(graph.inputs.map(\.name) == (listed ? ["x", "w", "n"] : ["x", "w"]))
    guard listed else { return }
    #expect(graph.inputs.last?.shape == [2, 3])
    #expect(graph.inputs.last?.elementType == .float16)
  }

  @Test func `removes an initializer with the input and the notes of its name`() throws {
    let graph = try graph()
    try graph.remove(initializers: ["w"], values: [], inputs: [])
    #expect(graph.initializers.map(\.name) == ["b"])
    #expect(graph.inputs.map(\.name) == ["x"])
    #expect(graph.valueInfo.map(\.name) == ["c"])
    #expect(graph.quantizationAnnotations.map(\.value) == ["c"])
  }

  @Test func `removes the notes on values that are gone`() throws {
    let graph = try graph()
    try graph.remove(initializers: [], values: ["c"], inputs: [])
    #expect(graph.valueInfo.map(\.name) == ["w"])
    #expect(graph.quantizationAnnotations.map(\.value) == ["w"])
    #expect(graph.initializers.count == 2 && graph.inputs.count == 2)
  }

  @Test func `removes an input and leaves its initializer`() throws {
    let graph = try graph()
    try graph.remove(initializers: [], values: [], inputs: ["w"])
    #expect(graph.inputs.map(\.name) == ["x"])
    #expect(graph.initializers.map(\.name) == ["w", "b"])
    #expect(graph.valueInfo.map(\.name) == ["c", "w"])
  }

  @Test func `a name that only looks the same stays`() throws {
    let document = try ModelBytes {
      $0.initializer("é", [1])
      $0.initializer("e\u{301}", [1])
    }.document(in: folder)
    try document.graph.remove(initializers: ["é"], values: [], inputs: [])
    #expect(document.graph.initializers.map(\.name) == ["e\u{301}"])
  }

  private func graph() throws -> GraphView {
    try ModelBytes {
      $0.node("Conv", ["x", "w"], ["c"])
      $0.initializer("w", [1])
      $0.initializer("b", [1])
      $0.input("x", [1])
      $0.input("w", [1])
      $0.note("c", [1])
      $0.note("w", [1])
      $0.annotate("c", parameters: [])
      $0.annotate("w", parameters: [])
    }.document(in: folder).graph
  }
}
