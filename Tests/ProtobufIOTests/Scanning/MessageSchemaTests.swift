import CONNXSchema
import CProtobufC
import Testing

@testable import ProtobufIO

@Suite struct MessageSchemaTests {
  private let schema = MessageSchema.onnx

  @Test func `numbers message types from the root and knows each field's kind`() {
    let model = schema.messages[0]
    #expect(model.fields[Field.irVersion].kind == .varint)
    #expect(model.fields[Field.producerName].kind == .string)
    #expect(model.fields[Field.graph].kind == .message)
    #expect(!model.fields[Field.graph].isRepeated && model.fields[Field.opsetImport].isRepeated)
    #expect(model.fields[0].kind == .unknown && model.fields[9].kind == .unknown)
  }

  @Test func `payloads are the fields that were named, with their elements' width`() {
    let tensor = graph.fields[Field.Graph.initializer].child
    let fields = schema.messages[tensor].fields
    #expect(fields.indices.filter { fields[$0].kind == .lifted } == [4, 9, 10])
    #expect([4, 9, 10].map { fields[$0].width } == [4, 1, 8])
    #expect(schema.messages[tensor].leadingToPayloads == [4, 9, 10])
  }

  @Test func `knows the fields through which a payload can be reached, in a circle of types too`() {
    // A node's attribute holds a graph, which holds nodes.
    #expect(graph.leadingToPayloads == [1, 5, 15])
    #expect(schema.messages[0].leadingToPayloads == [7, 20, 25])
    #expect(schema.messages[graph.fields[Field.Graph.input].child].leadingToPayloads == [])
  }

  @Test func `only bytes and packed floats can be payloads`() async {
    await #expect(processExitsWith: .failure) {
      var model = unsafe Onnx__ModelProto()
      unsafe onnx__model_proto__init(&model)
      if let descriptor = unsafe model.base.descriptor {
        _ = unsafe MessageSchema(root: descriptor, lifting: ["onnx.ModelProto": [Field.irVersion]])
      }
    }
  }

  private var graph: MessageSchema.Message { schema.messages[schema.messages[0].fields[Field.graph].child] }
}
