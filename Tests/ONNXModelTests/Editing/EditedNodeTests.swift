import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXModel

@Suite struct EditedNodeTests {
  private let folder = TemporaryFolder()

  @Test(
    arguments: [
      (0, ["n", "w"]), (1, ["x", "n"]), (2, ["x", "w", "n"]), (4, ["x", "w", "", "", "n"]),
    ] as [(Int, [Name])])
  func `sets an input, with empty names before it where there were none`(index: Int, inputs: [Name]) throws {
    let node = try node()
    try node.setInput(index, to: "n")
    #expect(node.view.inputs == inputs)
    #expect(node.view.outputs == ["y"])
  }

  @Test func `replaces inputs and outputs`() throws {
    let node = try node()
    try node.setInputs(["é", ""])
    try node.setOutputs([])
    #expect(node.view.inputs == ["é", ""])
    #expect(node.view.outputs == [])
  }

  @Test func `changes an attribute that is there and adds one that is not`() throws {
    let node = try node(.float("alpha", 2))
    try node.setAttribute("alpha", to: 1 as Float)
    try node.setAttribute("axis", to: 1)
    #expect(try node.view.attribute("alpha")?.float() == 1)
    #expect(try node.view.attribute("axis")?.integer() == 1)
    #expect(node.view.attributes.map(\.name) == ["alpha", "axis"])
  }

  @Test func `an attribute without a type gets one with its value`() throws {
    let node = try node(AttributeBytes("alpha", type: nil) { _ in })
    try node.setAttribute("alpha", to: 3 as Float)
    #expect(try node.view.attribute("alpha")?.float() == 3)
  }

  @Test func `sets a tensor`() throws {
    let node = try node()
    let tensor = try node.editor.makeTensor(
      name: "", type: .float32, shape: [1], content: PayloadContent(.bytes(littleEndian([5]))))
    try node.setAttribute("value", to: tensor)
    let content = try #require(node.view.attribute("value")?.tensorView?.content)
    #expect(try payloadBytes(content) == littleEndian([5]))
  }

  @Test func `a made node has the names that it was made with`() throws {
    let node = try node().editor.makeNode("Add", name: "sum", inputs: ["a", "b"], outputs: ["c"])
    #expect(node.view.operatorType == "Add" && node.view.name == "sum")
    #expect(node.view.inputs == ["a", "b"] && node.view.outputs == ["c"])
    #expect(node.view.attributes.isEmpty && node.view.domain.isEmpty)
  }

  private func node(_ attributes: AttributeBytes...) throws -> EditedNode {
    let message = WireMessage {
      $0.string(1, "x")
      $0.string(1, "w")
      $0.string(2, "y")
      $0.string(4, "Op")
      for attribute in attributes { $0.message(5, attribute.message) }
    }
    let model = WireMessage { $0.message(7) { $0.message(1, message) } }
    let document = try ONNXDocument(at: folder.write(model.bytes, to: "m.onnx"))
    return try DocumentEditor(document).node(document.graph.nodes[0])
  }
}
