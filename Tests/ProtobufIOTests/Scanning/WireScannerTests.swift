import Testing

@testable import ProtobufIO

@Suite struct WireScannerTests {
  private let folder = TemporaryFolder()

  @Test func `an empty file has an empty skeleton`() throws {
    #expect(try scan([]).bytes == [])
  }

  @Test func `copies fields that hold no message and no payload as they are`() throws {
    let message = WireMessage {
      $0.varint(Field.irVersion, 8)
      $0.string(Field.producerName, "é")
      $0.varint(5, -1)
    }
    #expect(try scan(message.bytes).bytes == message.bytes)
  }

  @Test func `copies unknown fields of every wire type, a NUL among their bytes too`() throws {
    let message = WireMessage {
      $0.varint(Field.unknown, 300)
      $0.fixed32(Field.unknown, 0xDEAD_BEEF)
      $0.fixed64(Field.unknown + 1, 1)
      $0.bytes(Field.unknown, [0, 1, 2])
    }
    #expect(try scan(message.bytes).bytes == message.bytes)
  }

  @Test func `writes numbers as short as they go`() throws {
    let long: [UInt8] = [0x88, 0x80, 0x00, 0x87, 0x80, 0x80, 0x00]
    #expect(try scan(long).bytes == [0x08, 0x07])
  }

  @Test func `takes the longest numbers that there are`() throws {
    let message = WireMessage { $0.varint(Field.irVersion, -1) }
    #expect(message.bytes.count == 11)
    #expect(try scan(message.bytes).bytes == message.bytes)
  }

  @Test func `gives every message five bytes of length`() throws {
    let message = WireMessage { $0.message(Field.graph) { $0.string(Field.Graph.name, "g") } }
    #expect(try scan(message.bytes).bytes == [0x3A, 0x83, 0x80, 0x80, 0x80, 0x00, 0x12, 0x01, 0x67])
  }

  @Test func `keeps an empty message`() throws {
    let message = WireMessage { $0.message(Field.graph) { _ in } }
    #expect(try scan(message.bytes).bytes == [0x3A, 0x80, 0x80, 0x80, 0x80, 0x00])
  }

  @Test func `leaves raw data in the file and puts its number into the skeleton`() throws {
    let message = tensor { $0.bytes(Field.Tensor.rawData, [1, 2, 3]) } + tensor { $0.bytes(Field.Tensor.rawData, [4]) }
    let skeleton = try scan(tensors: message)
    let first = message.lastIndex(of: 1) ?? 0
    #expect(skeleton.payloads.map { $0.count } == [3, 1])
    #expect(skeleton.payloads.map { bytes(tensors: message, $0) } == [[1, 2, 3], [4]])
    #expect(first > 0)
    #expect(skeleton.bytes.suffix(10) == [0x4A, 8, 1, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func `empty raw data is no payload`() throws {
    let skeleton = try scan(tensors: tensor { $0.bytes(Field.Tensor.rawData, []) })
    #expect(skeleton.payloads.isEmpty)
    #expect(skeleton.bytes.suffix(2) == [0x4A, 0])
  }

  @Test func `leaves packed floats and doubles in the file`() throws {
    let message = tensor {
      $0.packedFloats(Field.Tensor.floatData, [1, 2])
      $0.packedDoubles(Field.Tensor.doubleData, [3])
    }
    let skeleton = try scan(tensors: message)
    #expect(skeleton.payloads.map { $0.count } == [8, 8])
    #expect(bytes(tensors: message, skeleton.payloads[0]) == littleEndian([1, 2]))
  }

  @Test func `each piece of a split field and each unpacked element is a payload of its own`() throws {
    let message = tensor {
      $0.packedFloats(Field.Tensor.floatData, [1, 2])
      $0.fixed32(Field.Tensor.floatData, Float(3).bitPattern)
      $0.packedFloats(Field.Tensor.floatData, [])
      $0.packedFloats(Field.Tensor.floatData, [4])
      $0.fixed64(Field.Tensor.doubleData, Double(5).bitPattern)
    }
    let skeleton = try scan(tensors: message)
    #expect(skeleton.payloads.map { $0.count } == [8, 4, 4, 8])
    #expect(skeleton.payloads.prefix(3).flatMap { bytes(tensors: message, $0) } == littleEndian([1, 2, 3, 4]))
  }

  @Test func `keeps integers of tensors in the skeleton, packed or not`() throws {
    let message = tensor {
      $0.varint(Field.Tensor.dims, 2)
      $0.packedVarints(Field.Tensor.dims, [3, 4])
      $0.packedVarints(Field.Tensor.int64Data, [-1, 1])
    }
    let skeleton = try scan(tensors: message)
    #expect(skeleton.payloads.isEmpty)
    #expect(skeleton.bytes.suffix(message.count - 2) == message.dropFirst(2))
  }

  @Test func `takes a file longer than its window`() throws {
    let text = String(repeating: "x", count: 200_000)
    let message = WireMessage {
      $0.string(Field.producerName, text)
      $0.message(Field.graph) {
        $0.message(Field.Graph.initializer) { $0.bytes(Field.Tensor.rawData, Array(repeating: 7, count: 300_000)) }
        $0.string(Field.Graph.name, text)
      }
    }
    let skeleton = try scan(message.bytes)
    #expect(skeleton.payloads.map(\.count) == [300_000])
    #expect(skeleton.bytes.count < 401_000)
  }

  @Test(arguments: [-1, 0, 1])
  func `takes a structure of the limit's size and no larger`(excess: Int) throws {
    let message = WireMessage { $0.string(Field.producerName, String(repeating: "x", count: 1000)) }
    let source = try folder.source(message.bytes)
    let limit = message.bytes.count - excess
    if excess <= 0 {
      #expect(try WireScanner(source, schema: .onnx, byteLimit: limit).scan().bytes == message.bytes)
    } else {
      let error = ModelFileError(
        .overBudget, path: source.path, "its structure takes more than \(limit) bytes")
      #expect(throws: error) { try WireScanner(source, schema: .onnx, byteLimit: limit).scan() }
    }
  }

  @Test func `a file that has become shorter since it was opened is unreadable`() throws {
    let source = try folder.source(WireMessage { $0.string(Field.producerName, "abc") }.bytes)
    folder.write([0x12], to: "model")
    #expect(
      throws: ModelFileError(
        .unreadable, path: folder.path("model"),
        "changed while it was read: it ends at byte 1 but had 5 bytes when opened")
    ) { try WireScanner(source, schema: .onnx).scan() }
  }

  func scan(_ bytes: [UInt8], schema: MessageSchema = .onnx) throws(ModelFileError) -> Skeleton {
    try WireScanner(try folder.source(bytes), schema: schema).scan()
  }

  private func tensor(_ build: (inout WireMessage) -> Void) -> [UInt8] {
    WireMessage { $0.message(Field.Graph.initializer, build) }.bytes
  }

  private func scan(tensors bytes: [UInt8]) throws(ModelFileError) -> Skeleton {
    try scan(WireMessage { $0.bytes(Field.graph, bytes) }.bytes)
  }

  /// The bytes of a place in the file that holds a graph of such tensors.
  private func bytes(tensors: [UInt8], _ range: Range<Int>) -> [UInt8] {
    Array(WireMessage { $0.bytes(Field.graph, tensors) }.bytes[range])
  }

  func path() -> FilePath { folder.path("model") }
}
