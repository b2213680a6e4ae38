import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXModel

@Suite struct EditedGraphTests {
  private let folder = TemporaryFolder()

  @Test func `replaces the nodes`() throws {
    let graph = try graph()
    let node = try graph.editor.makeNode("Relu", name: "", inputs: ["x"], outputs: ["r"])
    try graph.setNodes([node.view] + graph.view.nodes)
    #expect(graph.view.nodes.map(\.operatorType) == ["Relu", "Conv"])
    try graph.setNodes([])
    #expect(graph.view.nodeCount == 0)
  }

  @Test(arguments: [false, true])
  func `adds initializers behind the others, as inputs too where old versions demand it`(listed: Bool) throws {
    let graph = try graph()
    let tensor = try graph.editor.makeTensor(
      name: "n", type: .float16, shape: [2, 3], content: PayloadContent(.repeated(element: [0, 0], count: 6)))
    #expect(tensor.isNew)
    try graph.addInitializers([tensor], listedAsInputs: listed)
    #expect(graph.view.initializers.map(\.name) == ["w", "b", "n"])
    #expect(graph.view.inputs.map(\.name) == (listed ? ["x", "w", "n"] : ["x", "w"]))
    guard listed else { return }
    #expect(graph.view.inputs.last?.shape == [2, 3])
    #expect(graph.view.inputs.last?.elementType == .float16)
  }

  @Test func `removes an initializer with the input and the notes of its name`() throws {
    let graph = try graph()
    try graph.remove(initializers: ["w"], values: [], inputs: [])
    #expect(graph.view.initializers.map(\.name) == ["b"])
    #expect(graph.view.inputs.map(\.name) == ["x"])
    #expect(graph.view.valueInfo.map(\.name) == ["c"])
    #expect(graph.view.quantizationAnnotations.map(\.value) == ["c"])
  }

  @Test func `removes the notes on values that are gone`() throws {
    let graph = try graph()
    try graph.remove(initializers: [], values: ["c"], inputs: [])
    #expect(graph.view.valueInfo.map(\.name) == ["w"])
    #expect(graph.view.quantizationAnnotations.map(\.value) == ["w"])
    #expect(graph.view.initializers.count == 2 && graph.view.inputs.count == 2)
  }

  @Test func `removes an input and leaves its initializer`() throws {
    let graph = try graph()
    try graph.remove(initializers: [], values: [], inputs: ["w"])
    #expect(graph.view.inputs.map(\.name) == ["x"])
    #expect(graph.view.initializers.map(\.name) == ["w", "b"])
    #expect(graph.view.valueInfo.map(\.name) == ["c", "w"])
  }

  @Test func `a name that only looks the same stays`() throws {
    let document = try ModelBytes {
      $0.initializer("é", [1])
      $0.initializer("e\u{301}", [1])
    }.document(in: folder)
    let graph = try DocumentEditor(document).graph(document.graph)
    try graph.remove(initializers: ["é"], values: [], inputs: [])
    #expect(graph.view.initializers.map(\.name) == ["e\u{301}"])
  }

  private func graph() throws -> EditedGraph {
    let document = try ModelBytes {
      $0.node("Conv", ["x", "w"], ["c"])
      $0.initializer("w", [1])
      $0.initializer("b", [1])
      $0.input("x", [1])
      $0.input("w", [1])
      $0.note("c", [1])
      $0.note("w", [1])
      $0.annotate("c", parameters: [])
      $0.annotate("w", parameters: [])
    }.document(in: folder)
    return try DocumentEditor(document).graph(document.graph)
  }
}
