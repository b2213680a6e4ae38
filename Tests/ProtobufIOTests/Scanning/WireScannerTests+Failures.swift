import Testing

@testable import ProtobufIO

/// What is refused, with the byte at which it was found.
extension WireScannerTests {
  struct Failure: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let text: String

    init(_ title: String, _ bytes: [UInt8], _ text: String) {
      (testDescription, self.bytes, self.text) = (title, bytes, text)
    }

    init(_ title: String, _ text: String, _ build: (inout WireMessage) -> Void) {
      self.init(title, WireMessage(build).bytes, text)
    }
  }

  @Test(arguments: [
    Failure("a tag that is cut off", [0x88], "byte 0: a number is cut off"),
    Failure("a tag of six bytes", [0x88, 0x80, 0x80, 0x80, 0x80, 0x00], "byte 0: a number is longer than 5 bytes"),
    Failure(
      "a tag past 32 bits", [8, 1, 0xF8, 0xFF, 0xFF, 0xFF, 0x1F], "byte 2: no field can have the tag 8589934584"),
    Failure("field number 0", [8, 1, 0x02, 0], "byte 2: no field can have the tag 2"),
    Failure("wire type 6", [8, 1, 0x0E], "byte 2: 6 is no wire type"),
    Failure("wire type 7", [8, 1, 0x0F], "byte 2: 7 is no wire type"),
    Failure("a number without its bytes", [0x08], "byte 1: a number is cut off"),
    Failure("a number that is cut off", [0x08, 0x80], "byte 1: a number is cut off"),
    Failure(
      "a number of eleven bytes", [8] + Array(repeating: 0x80, count: 10) + [0],
      "byte 1: a number is longer than 10 bytes"),
    Failure("a length that is cut off", [0x12, 0x80], "byte 1: a number is cut off"),
    Failure(
      "a length of six bytes", [0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0], "byte 1: a number is longer than 5 bytes"),
    Failure("a string past the end", [0x12, 5, 0x61], "byte 2: 5 bytes are announced but 1 remain"),
    Failure("a message past the end", [0x3A, 5, 0x12], "byte 2: 5 bytes are announced but 1 remain"),
    Failure(
      "a length as large as lengths go", [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
      "byte 6: 34359738367 bytes are announced but 0 remain"),
    Failure("four bytes that are two", [8, 1, 0x8D, 0x7D, 1, 2], "byte 4: 4 bytes are announced but 2 remain"),
    Failure("eight bytes that are two", [0x89, 0x7D, 1, 2], "byte 2: 8 bytes are announced but 2 remain"),
    Failure(
      "a string past the end of its message", [0x3A, 3, 0x12, 2, 0x61, 8, 1],
      "byte 4: 2 bytes are announced but 1 remain"),
    Failure("a number past the end of its message", [0x3A, 2, 0x12, 0x81, 0x01, 8, 1], "byte 3: a number is cut off"),
    Failure("floats that are no whole number of bytes", "byte 5: field 4 packs 6 bytes of 4-byte elements") {
      $0.message(Field.graph) {
        $0.message(Field.Graph.initializer) { $0.bytes(Field.Tensor.floatData, [1, 2, 3, 4, 5, 6]) }
      }
    },
    Failure("doubles that are no whole number of bytes", "byte 5: field 10 packs 12 bytes of 8-byte elements") {
      $0.message(Field.graph) {
        $0.message(Field.Graph.initializer) { $0.bytes(Field.Tensor.doubleData, Array(repeating: 0, count: 12)) }
      }
    },
  ])
  func `refuses as malformed`(failure: Failure) {
    #expect(
      throws: ModelFileError(
        .malformed, path: path(), "is not a valid protobuf message: \(failure.text)")
    ) { try scan(failure.bytes) }
  }

  /// Text rarely begins like a message: that which does not is no model at all.
  @Test(arguments: "#{<-no".utf8)
  func `refuses a first character that no model begins with`(character: UInt8) {
    #expect(
      throws: ModelFileError(
        .malformed, path: path(),
        "is not a valid protobuf message: byte 0: no model begins with the character of the code \(character)")
    ) { try scan([character, 0, 0, 0, 0]) }
  }

  @Test(arguments: [
    Failure("a group", [8, 1, 0x0B], "byte 2: holds a group, field 1"),
    Failure("an unknown group", [8, 1, 0x83, 0x7D], "byte 2: holds a group, field 2000"),
    Failure("the end of a group", [8, 1, 0x0C], "byte 2: holds a group, field 1"),
    Failure("a string instead of a number", [0x0A, 0], "byte 2: field 1 has wire type 2, not its own"),
    Failure("a number instead of a string", [0x10, 0], "byte 1: field 2 has wire type 0, not its own"),
    Failure("a number instead of a message", [0x38, 0], "byte 1: field 7 has wire type 0, not its own"),
    Failure(
      "four bytes instead of a message", [8, 1, 0x3D, 0, 0, 0, 0], "byte 3: field 7 has wire type 5, not its own"),
    Failure(
      "eight bytes instead of a number", [0x09, 0, 0, 0, 0, 0, 0, 0, 0], "byte 1: field 1 has wire type 1, not its own"),
    Failure("four bytes instead of raw data", "byte 5: field 9 has wire type 5, not its own") {
      $0.message(Field.graph) { $0.message(Field.Graph.initializer) { $0.fixed32(Field.Tensor.rawData, 0) } }
    },
    Failure("eight bytes instead of a float", "byte 5: field 4 has wire type 1, not its own") {
      $0.message(Field.graph) { $0.message(Field.Graph.initializer) { $0.fixed64(Field.Tensor.floatData, 0) } }
    },
    Failure("a number instead of floats", "byte 5: field 4 has wire type 0, not its own") {
      $0.message(Field.graph) { $0.message(Field.Graph.initializer) { $0.varint(Field.Tensor.floatData, 0) } }
    },
    Failure("a NUL in a string", [0x12, 3, 0x61, 0, 0x62], "byte 1: the string in field 2 holds a NUL character"),
    Failure("a NUL at the end of a string", [8, 1, 0x12, 1, 0], "byte 3: the string in field 2 holds a NUL character"),
    Failure("two graphs", [0x3A, 0, 8, 1, 0x3A, 0], "byte 5: field 7 appears twice in a message that holds one"),
    Failure("two types of one value", "byte 10: field 2 appears twice in a message that holds one") {
      $0.message(Field.graph) {
        $0.message(Field.Graph.input) {
          $0.message(2) { $0.string(6, "x") }
          $0.message(2) { _ in }
        }
      }
    },
    Failure("two tensor types in one type", "byte 9: field 1 appears twice in a message that holds one") {
      $0.message(Field.graph) {
        $0.message(Field.Graph.input) {
          $0.message(2) {
            $0.message(1) { _ in }
            $0.message(1) { _ in }
          }
        }
      }
    },
  ])
  func `refuses what protobuf allows but its C library loses`(failure: Failure) {
    #expect(
      throws: ModelFileError(
        .unsupported, path: path(), "is valid but not supported: \(failure.text)")
    ) { try scan(failure.bytes) }
  }

  @Test func `takes repeated messages and different members of one choice`() throws {
    let message = WireMessage {
      $0.message(Field.opsetImport) { $0.varint(2, 17) }
      $0.message(Field.opsetImport) { $0.varint(2, 1) }
      $0.message(Field.graph) {
        $0.message(Field.Graph.input) {
          $0.message(2) {
            $0.message(1) { _ in }
            $0.message(4) { _ in }
          }
        }
      }
    }
    _ = try scan(message.bytes)
  }

  /// The model, its graph, an input and its type are four; then sequences of types.
  @Test(arguments: [5, 99, 100])
  func `takes a nesting of up to a hundred messages`(depth: Int) throws {
    _ = try scan(nested(depth))
  }

  @Test(arguments: [101, 102, 5000])
  func `refuses a deeper nesting`(depth: Int) {
    let error = #expect(throws: ModelFileError.self) { try scan(nested(depth)) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.hasSuffix("messages are nested more than 100 deep") == true)
  }

  /// Two payloads of 4 bytes count 32 each besides their places in the skeleton.
  @Test func `takes a structure up to its limit and no larger one`() throws {
    let message = WireMessage {
      $0.string(Field.producerName, "name")
      $0.message(Field.graph) {
        for _ in 0..<2 {
          $0.message(Field.Graph.initializer) { $0.bytes(Field.Tensor.rawData, [1, 2, 3, 4]) }
        }
      }
    }
    let source = try TemporaryFolder().source(message.bytes)
    let size = try scan(message.bytes).bytes.count + 64
    for limit in [size, size + 1] {
      _ = try WireScanner(source, schema: .onnx, byteLimit: limit).scan()
    }
    for limit in [0, 5, size - 1] {
      let error = #expect(throws: ModelFileError.self) {
        try WireScanner(source, schema: .onnx, byteLimit: limit).scan()
      }
      #expect(error?.code == .overBudget)
      #expect(error?.message == "its structure takes more than \(limit) bytes")
    }
  }

  private func nested(_ depth: Int) -> [UInt8] {
    var message = WireMessage()
    // From the inside: a type's sequence (4) holds a type (1).
    for level in stride(from: depth - 4, to: 0, by: -1) {
      message = WireMessage { $0.message(level % 2 == 1 ? 4 : 1, message) }
    }
    return WireMessage {
      $0.message(Field.graph) { $0.message(Field.Graph.input) { $0.message(2, message) } }
    }.bytes
  }
}
