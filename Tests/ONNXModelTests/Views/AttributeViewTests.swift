import ModelGraph
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXModel

@Suite struct AttributeViewTests {
  private let folder = TemporaryFolder()

  @Test func `gives the value of its type`() throws {
    #expect(try attribute(.float("a", 0.1)).float() == 0.1)
    #expect(try attribute(.int("a", -7)).integer() == -7)
    #expect(try attribute(.string("a", "é")).string == "é")
    #expect(try attribute(.floats("a", [1, 2])).floats == [1, 2])
    #expect(try attribute(.ints("a", [3, -4])).integers == [3, -4])
    #expect(try attribute(.tensor("a", TensorBytes("t", [2]))).tensor?.shape == [2])
    #expect(try attribute(.graph("a", GraphBytes { $0.name = "inner" })).graphs.map(\.name) == ["inner"])
    #expect(try attribute(.float("a", 0.1)).name == "a")
  }

  @Test func `knows a reference to the call of the function around`() throws {
    #expect(try attribute(.reference("a", to: "b", type: 1)).isReference)
    #expect(try !attribute(.float("a", 1)).isReference)
  }

  /// Writers that follow the third version of protobuf leave a 0 out.
  @Test(arguments: [1, 2, nil])
  func `a number that is left out is 0`(type: Int?) throws {
    let attribute = try attribute(AttributeBytes("a", type: type) { _ in })
    if type != 2 { #expect(try attribute.float() == 0) }
    if type != 1 { #expect(try attribute.integer() == 0) }
  }

  @Test func `the first models had no types`() throws {
    #expect(try attribute(AttributeBytes("a", type: nil) { $0.varint(3, 5) }).integer() == 5)
    #expect(try attribute(AttributeBytes("a", type: nil) { $0.fixed32(2, Float(2).bitPattern) }).float() == 2)
  }

  @Test func `a value of another type is malformed`() throws {
    let path = folder.path("m.onnx")
    let float = try attribute(.int("epsilon", 1))
    #expect(throws: ModelFileError(.malformed, path: path, "attribute 'epsilon' is not a float, as its operator needs"))
    {
      try float.float()
    }
    let integer = try attribute(.string("group", "2"))
    #expect(
      throws: ModelFileError(.malformed, path: path, "attribute 'group' is not an integer, as its operator needs")
    ) {
      try integer.integer()
    }
  }

  private func attribute(_ bytes: AttributeBytes) throws -> AttributeView {
    let model = ModelBytes { $0.node("Op", [], ["y"], bytes) }
    return try #require(try model.document(in: folder).graph.nodes[0].attributes.first)
  }
}
