import CONNXSchema
import CProtobufC
import Testing

@testable import ProtobufIO

@Suite struct MessageTreeTests {
  private let folder = TemporaryFolder()

  @Test func `the length of a payload is known and its bytes stay in the file`() throws {
    let tree = try tree { $0.bytes(Field.Tensor.rawData, Array(0..<200)) }
    let tensor = unsafe try tensor(of: tree)
    let data = unsafe tensor.pointee.raw_data
    #expect(unsafe data.len == 200)
    let payload = try #require(unsafe tree.payload(at: data.data))
    #expect(tree[payload].byteCount == 200)
    #expect(try bytes(of: tree[payload]) == Array(0..<200))
  }

  @Test func `packed floats are a payload with a number of elements`() throws {
    let tree = try tree { $0.packedFloats(Field.Tensor.floatData, [1, 2, 3]) }
    let tensor = unsafe try tensor(of: tree)
    #expect(unsafe tensor.pointee.n_float_data == 3)
    let payload = try #require(unsafe tree.payload(at: tensor.pointee.float_data))
    #expect(try bytes(of: tree[payload]) == littleEndian([1, 2, 3]))
  }

  @Test func `pieces of a field and single elements become one payload`() throws {
    let tree = try tree {
      $0.packedFloats(Field.Tensor.floatData, [1, 2])
      $0.fixed32(Field.Tensor.floatData, Float(3).bitPattern)
      $0.varint(Field.Tensor.dataType, 1)
      $0.packedFloats(Field.Tensor.floatData, [4])
    }
    let tensor = unsafe try tensor(of: tree)
    #expect(unsafe tensor.pointee.n_float_data == 4)
    let payload = try #require(unsafe tree.payload(at: tensor.pointee.float_data))
    #expect(try bytes(of: tree[payload]) == littleEndian([1, 2, 3, 4]))
  }

  @Test func `doubles are counted by eight bytes`() throws {
    let tree = try tree {
      $0.fixed64(Field.Tensor.doubleData, Double(1).bitPattern)
      $0.packedDoubles(Field.Tensor.doubleData, [2, 3])
    }
    let tensor = unsafe try tensor(of: tree)
    #expect(unsafe tensor.pointee.n_double_data == 3)
  }

  @Test func `of raw data that appears twice the last counts`() throws {
    let tree = try tree {
      $0.bytes(Field.Tensor.rawData, [1, 2, 3])
      $0.bytes(Field.Tensor.rawData, [4, 5])
    }
    let tensor = unsafe try tensor(of: tree)
    let payload = try #require(unsafe tree.payload(at: tensor.pointee.raw_data.data))
    #expect(try bytes(of: tree[payload]) == [4, 5])
  }

  @Test func `empty raw data is there but is no payload`() throws {
    let tree = try tree { $0.bytes(Field.Tensor.rawData, []) }
    let tensor = unsafe try tensor(of: tree)
    #expect(unsafe tensor.pointee.has_raw_data != 0)
    #expect(unsafe tensor.pointee.raw_data.len == 0)
  }

  @Test func `new bytes get an address of their own`() throws {
    let tree = try tree { $0.bytes(Field.Tensor.rawData, [1]) }
    let payload = tree.add(PayloadContent(.bytes([7, 8])))
    let address = unsafe tree.address(of: payload)
    #expect(unsafe tree.payload(at: address) == payload)
    #expect(try bytes(of: tree[payload]) == [7, 8])
  }

  @Test func `memory for edits is zero and strings end in a NUL`() throws {
    let tree = try tree { _ in }
    let numbers = unsafe try tree.allocate(3, of: Int64.self)
    #expect(unsafe (numbers[0], numbers[1], numbers[2]) == (0, 0, 0))
    let text = unsafe try tree.string(Array("né".utf8))
    #expect(unsafe String(cString: text) == "né")
  }

  @Test(arguments: [1 << 28, .max])
  func `memory past the budget is refused`(count: Int) throws {
    let tree = try tree { _ in }
    let error = ModelFileError(
      .overBudget, path: folder.path("model"), "its structure needs more than 268435456 bytes of memory")
    #expect(throws: error) { _ = unsafe try tree.allocate(count, of: Int64.self) }
  }

  /// Five floats, one by one.
  @Test(arguments: [19, 20, 21])
  func `a payload in pieces past its limit is refused`(limit: Int) throws {
    let message = WireMessage {
      $0.message(Field.graph) {
        $0.message(Field.Graph.initializer) { for _ in 0..<5 { $0.fixed32(Field.Tensor.floatData, 0) } }
      }
    }
    let source = try folder.source(message.bytes)
    if limit >= 20 {
      let tree = try MessageTree(source, schema: .onnx, pieceLimit: limit)
      let tensor = unsafe try tensor(of: tree)
      #expect(unsafe tensor.pointee.n_float_data == 5)
      return
    }
    let error = ModelFileError(
      .overBudget, path: folder.path("model"), "a field in 5 pieces holds more than 19 bytes")
    #expect(throws: error) { _ = try MessageTree(source, schema: .onnx, pieceLimit: limit) }
  }

  @Test func `packed numbers that are cut off are malformed`() throws {
    let error = ModelFileError(
      .malformed, path: folder.path("model"), "is not a valid protobuf message: a packed field is cut off")
    #expect(throws: error) { _ = try tree { $0.bytes(Field.Tensor.int64Data, [1, 0x80]) } }
  }

  @Test func `refuses what the scan refuses`() throws {
    let source = try folder.source([0x12])
    #expect(throws: ModelFileError.self) { _ = try MessageTree(source, schema: .onnx) }
  }

  @Test func `finds bytes in the structure and not in a payload`() throws {
    let message = WireMessage {
      $0.string(Field.producerName, "here")
      $0.message(Field.graph) {
        $0.message(Field.Graph.initializer) { $0.bytes(Field.Tensor.rawData, Array("there".utf8)) }
      }
    }
    let source = try folder.source(message.bytes)
    #expect(try MessageTree.structure(of: source, schema: .onnx, holds: Array("here".utf8)))
    #expect(try !MessageTree.structure(of: source, schema: .onnx, holds: Array("there".utf8)))
  }

  private func tree(_ build: (inout WireMessage) -> Void) throws(ModelFileError) -> MessageTree {
    let message = WireMessage { $0.message(Field.graph) { $0.message(Field.Graph.initializer, build) } }
    return try MessageTree(try folder.source(message.bytes), schema: .onnx)
  }

  private func tensor(of tree: MessageTree) throws -> UnsafeMutablePointer<Onnx__TensorProto> {
    let model = unsafe UnsafeMutableRawPointer(tree.root).assumingMemoryBound(to: Onnx__ModelProto.self)
    let graph = unsafe try #require(model.pointee.graph)
    return unsafe try #require(graph.pointee.initializer[0])
  }

  private func bytes(of content: PayloadContent) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try ChunkBuffer().forEachChunk(of: content, as: UInt8.self) { chunk, _, _ in
      for index in chunk.indices { bytes.append(chunk[index]) }
    }
    return bytes
  }
}
