import Testing

@testable import ProtobufIO

/// What is taken and what is refused of schemas that have what ONNX's has not.
extension WireScannerTests {
  @Test(arguments: [1, 63, 64, 65, 70, 128, 129, 300])
  func `takes each of many singular messages once`(count: Int) throws {
    let skeleton = try scan(wide(count, and: []).bytes, schema: WideSchema.of(count))
    #expect(skeleton.bytes.count == wide(count, and: []).bytes.count + 4 * count)
  }

  @Test(arguments: [1, 63, 64, 65, 70, 128, 129, 300])
  func `refuses the second of many singular messages, whichever it is`(count: Int) throws {
    let schema = WideSchema.of(count)
    let taken = (1...count).filter { (try? scan(wide(count, and: [$0]).bytes, schema: schema)) != nil }
    #expect(taken == [])
  }

  @Test(arguments: [1, 64, 65, 128, 129, 300])
  func `says which of many singular messages comes twice`(number: Int) throws {
    let bytes = wide(300, and: [number]).bytes
    let offset = bytes.count - 1
    #expect(
      throws: ModelFileError(
        .unsupported, path: path(),
        "is valid but not supported: byte \(offset): field \(number) appears twice in a message that holds one")
    ) { try scan(bytes, schema: WideSchema.of(300)) }
  }

  /// Each message notes what it has seen by itself: those within come between the outer one's fields.
  @Test(arguments: [1, 64, 65, 129, 300])
  func `a message within a wide one has its own singular messages`(number: Int) throws {
    let schema = WideSchema.of(300)
    let inner = wide(300, and: [])
    func outer(_ numbers: [Int]) -> [UInt8] {
      WireMessage { for number in numbers { $0.message(number, inner) } }.bytes
    }
    let others = [1, 64, 65, 129, 300].filter { $0 != number }
    _ = try scan(outer([number] + others), schema: schema)
    _ = try scan(WireMessage { $0.message(number) { $0.message(number, inner) } }.bytes, schema: schema)
    #expect(throws: ModelFileError.self) { try scan(outer([number] + others + [number]), schema: schema) }
    #expect(throws: ModelFileError.self) {
      try scan(WireMessage { $0.message(1) { $0.raw(outer(others + [number, number])) } }.bytes, schema: schema)
    }
  }

  @Test func `a message of a large field number is singular too`() throws {
    let inner = WireMessage { $0.message(40_000) { $0.varint(6, 1) } }
    _ = try scan(inner.bytes, schema: .standard)
    #expect(
      throws: ModelFileError(
        .unsupported, path: path(),
        "is valid but not supported: byte 9: field 40000 appears twice in a message that holds one")
    ) { try scan(inner.bytes + inner.bytes, schema: .standard) }
  }

  @Test func `a field of a large number has its own wire type`() {
    #expect(
      throws: ModelFileError(
        .unsupported, path: path(),
        "is valid but not supported: byte 5: field 536870911 has wire type 0, not its own")
    ) { try scan(WireMessage { $0.varint(536_870_911, 1) }.bytes, schema: .standard) }
  }

  @Test func `takes a first character that the schema's first field begins with`() throws {
    _ = try scan(WireMessage { $0.fixed32(5, 0) }.bytes, schema: .standard)
    _ = try scan(WireMessage { $0.fixed32(7, 0) }.bytes, schema: .standard)
  }

  @Test(arguments: [
    Failure("float32", "byte 1: field 1 holds -0") { $0.fixed32(1, 1 << 31) },
    Failure("float64", "byte 5: field 2 holds -0") {
      $0.varint(3, 1)
      $0.varint(4, 1)
      $0.fixed64(2, 1 << 63)
    },
  ])
  func `refuses a -0 that its C library would not write`(failure: Failure) {
    #expect(
      throws: ModelFileError(.unsupported, path: path(), "is valid but not supported: \(failure.text)")
    ) { try scan(failure.bytes, schema: .scalars) }
  }

  @Test(arguments: [
    WireMessage { $0.fixed32(1, 0x8000_0001) }, WireMessage { $0.fixed32(1, 0x80) },
    WireMessage { $0.fixed64(2, 0x8000_0000_0000_0100) }, WireMessage { $0.fixed32(11, 0x8000_0000) },
  ])
  func `takes numbers that are nearly -0`(message: WireMessage) throws {
    #expect(try scan(message.bytes, schema: .scalars).bytes == message.bytes)
  }

  /// All fields of a wide message once, empty, and then some again.
  private func wide(_ count: Int, and again: [Int]) -> WireMessage {
    WireMessage { for number in Array(1...count) + again { $0.message(number) { _ in } } }
  }
}
