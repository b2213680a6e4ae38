import Testing

@testable import ProtobufIO

/// What schemas of proto3, and of proto2 with defaults, have beyond ONNX's.
extension MessageWriterTests {
  @Test func `writes three hundred singular messages`() throws {
    let message = WireMessage { for number in 1...300 { $0.message(number) { $0.message(301 - number) { _ in } } } }
    #expect(try written(message.bytes, schema: WideSchema.of(300)) == message.bytes)
  }

  @Test func `writes fields without presence, and enum values that nobody named`() throws {
    let message = WireMessage {
      $0.fixed32(1, Float(1.5).bitPattern)
      $0.fixed64(2, Double(-1.5).bitPattern)
      $0.varint(3, -1)
      $0.varint(4, 77)
      $0.varint(5, 1)
      $0.string(6, "words")
      $0.bytes(7, [1, 2, 3])
      $0.packedVarints(8, [0, -1, 300])
      $0.packedVarints(9, [0, 1, 77, -1])
      $0.packedFloats(10, [0, -0.0])
      $0.fixed32(11, 1 << 31)
      $0.message(12) { $0.bytes(1, [0]) }
      $0.message(13) { _ in }
    }
    #expect(try written(message.bytes, schema: .scalars) == message.bytes)
  }

  /// To a reader of proto3 a zero that is there is one that is not.
  @Test func `leaves out zeros of fields without presence`() throws {
    let message = WireMessage {
      $0.fixed32(1, 0)
      $0.fixed64(2, 0)
      $0.varint(3, 0)
      $0.varint(5, 0)
      $0.string(6, "")
      $0.bytes(7, [])
      $0.bytes(10, [])
      $0.fixed32(11, 0)
    }
    #expect(try written(message.bytes, schema: .scalars) == [])
  }

  @Test func `packs what proto3 packs by default`() throws {
    let loose = WireMessage {
      $0.varint(8, 1)
      $0.varint(9, 1)
      $0.varint(8, -1)
      $0.fixed32(10, Float(1).bitPattern)
      $0.fixed32(10, Float(2).bitPattern)
    }
    let packed = WireMessage {
      $0.packedVarints(8, [1, -1])
      $0.packedVarints(9, [1])
      $0.packedFloats(10, [1, 2])
    }
    #expect(try written(loose.bytes, schema: .scalars) == packed.bytes)
  }

  @Test(arguments: [
    WireMessage { _ in },
    WireMessage { $0.bytes(1, Array("12345678".utf8)) },
    WireMessage { $0.bytes(1, []) },
    WireMessage { $0.string(2, "12345678") },
    WireMessage { $0.varint(3, 2) },
    WireMessage { $0.bytes(4, Array("12345678".utf8)) },
    WireMessage { $0.bytes(4, [1]) },
    WireMessage { $0.varint(6, 8) },
    WireMessage { $0.fixed32(5, 0) },
    WireMessage { $0.message(40_000) { $0.message(40_000) { $0.bytes(536_870_911, [1, 2]) } } },
    WireMessage {
      $0.packedFloats(7, [1, 2])
      $0.message(40_000) { _ in }
      $0.message(100_000) { $0.bytes(1, [1]) }
      $0.message(100_000) { $0.bytes(4, [2]) }
      $0.bytes(536_870_911, Array(0..<100))
    },
  ])
  func `keeps what is set apart from its default, and fields of large numbers`(message: WireMessage) throws {
    #expect(try written(message.bytes, schema: .standard) == message.bytes)
  }

  @Test func `carries extensions as unknown fields`() throws {
    let message = WireMessage {
      $0.bytes(1, [1, 2])
      $0.message(100_000) { $0.bytes(150, [0, 1]) }
      $0.bytes(150, Array(repeating: 8, count: 8))
      $0.varint(40_001, 8)
    }
    #expect(try written(message.bytes, schema: .standard) == message.bytes)
  }

  @Test func `writes required fields, with their default where it stood for them`() throws {
    let number = WireMessage { $0.varint(2, 8) }
    let standard = WireMessage { $0.bytes(1, Array("12345678".utf8)) }
    let own = WireMessage { $0.bytes(1, [1, 2, 3]) }
    #expect(try written(own.bytes + number.bytes, schema: .demanding) == own.bytes + number.bytes)
    #expect(try written(number.bytes, schema: .demanding) == standard.bytes + number.bytes)
  }

  @Test func `a message without a required field is malformed`() throws {
    let source = try TemporaryFolder().source(WireMessage { $0.bytes(1, [1]) }.bytes)
    let error = ModelFileError(
      .malformed, path: source.path,
      "is not a valid protobuf message: a packed field is cut off or a required field is missing")
    #expect(throws: error) { _ = try MessageTree(source, schema: .demanding) }
  }
}
