import CONNXSchema
import CProtobufC
import Testing

@testable import ProtobufIO

@Suite struct MessageWriterTests {
  private let folder = TemporaryFolder()

  @Test(arguments: Fixtures.handmadeNames.map(Fixtures.handmade) + [Fixtures.digits])
  func `writes what it read, byte for byte`(path: FilePath) throws {
    let bytes = try #require(fileBytes(path))
    #expect(try written(bytes) == bytes)
  }

  @Test func `keeps everything where the fields are in order`() throws {
    let message = WireMessage {
      $0.varint(Field.irVersion, 8)
      $0.string(Field.producerName, "")
      $0.message(Field.graph) { graph in
        graph.message(Field.Graph.node) { $0.string(4, "Relu") }
        graph.message(Field.Graph.initializer) {
          $0.varint(Field.Tensor.dims, 2)
          $0.varint(Field.Tensor.dataType, 1)
          $0.packedFloats(Field.Tensor.floatData, [1.5, -0])
          $0.packedVarints(Field.Tensor.int64Data, [-1, 300])
          $0.bytes(Field.Tensor.rawData, Array(0..<255))
          $0.packedDoubles(Field.Tensor.doubleData, [.nan])
          $0.bytes(Field.unknown, [0])
        }
        graph.varint(Field.unknown, 7)
      }
      $0.message(Field.opsetImport) { $0.varint(2, 17) }
      $0.fixed32(Field.unknown, 1)
      $0.fixed64(Field.unknown + 1, 2)
    }
    #expect(try written(message.bytes) == message.bytes)
  }

  @Test func `puts fields in order and unknown ones behind them, in their order`() throws {
    let shuffled = WireMessage {
      $0.string(Field.unknown, "b")
      $0.string(Field.producerName, "p")
      $0.varint(Field.unknown - 1, 1)
      $0.varint(Field.irVersion, 8)
    }
    let ordered = WireMessage {
      $0.varint(Field.irVersion, 8)
      $0.string(Field.producerName, "p")
      $0.string(Field.unknown, "b")
      $0.varint(Field.unknown - 1, 1)
    }
    #expect(try written(shuffled.bytes) == ordered.bytes)
  }

  @Test func `joins the pieces of a packed field`() throws {
    func message(_ build: (inout WireMessage) -> Void) -> [UInt8] {
      WireMessage { $0.message(Field.graph) { $0.message(Field.Graph.initializer, build) } }.bytes
    }
    let pieces = message {
      $0.packedFloats(Field.Tensor.floatData, [1])
      $0.fixed32(Field.Tensor.floatData, Float(2).bitPattern)
    }
    #expect(try written(pieces) == message { $0.packedFloats(Field.Tensor.floatData, [1, 2]) })
  }

  @Test func `tells the size beforehand`() throws {
    let bytes = try #require(fileBytes(Fixtures.digits))
    let tree = try MessageTree(try folder.source(bytes), schema: .onnx)
    #expect(MessageWriter.size(of: tree) == bytes.count)
  }

  @Test func `says after each payload how much is written`() throws {
    let bytes = try #require(fileBytes(Fixtures.handmade("conv_bn")))
    let tree = try MessageTree(try folder.source(bytes), schema: .onnx)
    let output = try OutputFile(path: folder.path("out"), expectedSize: bytes.count)
    var steps: [Int] = []
    try MessageWriter(tree, to: output, through: ChunkBuffer()) { steps.append($0) }.write()
    // A weight, a bias, and the norm's four parameters.
    #expect(steps.count == 6)
    #expect(steps == steps.sorted())
  }

  @Test func `passes payloads through in chunks of any size`() throws {
    let bytes = try #require(fileBytes(Fixtures.digits))
    #expect(try written(bytes, through: ChunkBuffer(capacity: 64)) == bytes)
  }

  @Test func `a file that has become shorter is an error at the end`() throws {
    let message = WireMessage {
      $0.message(Field.graph) {
        $0.message(Field.Graph.initializer) { $0.bytes(Field.Tensor.rawData, Array(repeating: 1, count: 1000)) }
      }
    }
    let tree = try MessageTree(try folder.source(message.bytes), schema: .onnx)
    folder.write(Array(message.bytes.prefix(500)), to: "model")
    let output = try OutputFile(path: folder.path("out"), expectedSize: 0)
    let error = ModelFileError(
      .unreadable, path: folder.path("model"),
      "changed while it was read: it ends at byte 500 but had \(message.bytes.count) bytes when opened")
    #expect(throws: error) { try MessageWriter(tree, to: output, through: ChunkBuffer()).write() }
  }

  @Test func `a payload of another length than its field states is a caller's mistake`() async {
    await #expect(processExitsWith: .failure) {
      let folder = TemporaryFolder()
      let message = WireMessage {
        $0.message(Field.graph) { $0.message(Field.Graph.initializer) { $0.bytes(Field.Tensor.rawData, [1, 2, 3]) } }
      }
      let tree = try MessageTree(try folder.source(message.bytes), schema: .onnx)
      let model = unsafe UnsafeMutableRawPointer(tree.root).assumingMemoryBound(to: Onnx__ModelProto.self)
      let tensor = unsafe model.pointee.graph?.pointee.initializer[0]
      unsafe tensor?.pointee.raw_data.len = 4
      let output = try OutputFile(path: folder.path("out"), expectedSize: 0)
      try MessageWriter(tree, to: output, through: ChunkBuffer()).write()
    }
  }

  func written(
    _ bytes: [UInt8], schema: MessageSchema = .onnx, through buffer: ChunkBuffer = ChunkBuffer()
  ) throws -> [UInt8]? {
    let tree = try MessageTree(try folder.source(bytes), schema: schema)
    let output = try OutputFile(path: folder.path("out"), expectedSize: MessageWriter.size(of: tree))
    try MessageWriter(tree, to: output, through: buffer).write()
    try output.commit()
    return folder.bytes("out")
  }
}
