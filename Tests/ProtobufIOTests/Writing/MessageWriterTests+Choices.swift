import Testing

@testable import ProtobufIO

/// The members of a choice share their memory, and each may hold payloads.
extension MessageWriterTests {
  struct Choice: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let message: WireMessage

    init(_ title: String, _ build: (inout WireMessage) -> Void) {
      (testDescription, message) = (title, WireMessage(build))
    }

    /// The number of the first field.
    var number: UInt8? { message.bytes.first.map { $0 >> 3 } }

    /// The members of a choice among messages.
    static let structures = [
      Choice("an empty leaf") { $0.message(2) { _ in } },
      Choice("a leaf with bytes") { $0.message(2) { $0.bytes(1, [1, 2, 3]) } },
      Choice("a leaf with eight bytes") { $0.message(2) { $0.bytes(1, Array(1...8)) } },
      Choice("a leaf with numbers") { $0.message(2) { $0.packedFloats(2, [1, 2, 3]) } },
      Choice("a branch with all it can have") {
        $0.message(3) {
          $0.string(1, "branch")
          $0.bytes(2, [9, 9])
          $0.packedDoubles(3, [4, 5])
        }
      },
      Choice("a choice in a choice") {
        $0.message(4) {
          $0.message(4) { $0.message(2) { $0.bytes(1, [7]) } }
          $0.bytes(6, [8, 8, 8])
        }
      },
      Choice("an empty message") { $0.message(5) { _ in } },
    ]

    /// The members of a choice among bytes, strings, numbers and a message.
    static let values = [
      Choice("bytes") { $0.bytes(6, [1, 2, 3]) },
      Choice("no bytes") { $0.bytes(6, []) },
      Choice("eight bytes") { $0.bytes(6, Array(1...8)) },
      Choice("words") { $0.string(7, "eight by") },
      Choice("no words") { $0.string(7, "") },
      Choice("the number 8, which is a payload's length") { $0.varint(8, 8) },
      Choice("the number 0") { $0.varint(8, 0) },
      Choice("a double with the bits of 8") { $0.fixed64(9, 8) },
      Choice("a double of -0") { $0.fixed64(9, 1 << 63) },
      Choice("other bytes") { $0.bytes(10, Array(0..<200)) },
      Choice("a leaf of the other choice") { $0.message(11) { $0.bytes(1, [5]) } },
    ]

    /// One of each, and none.
    static let all =
      [
        Choice("none") { _ in },
        Choice("no member, but a name") { $0.string(1, "name") },
        Choice("two choices") {
          $0.message(3) { $0.bytes(2, [1]) }
          $0.bytes(10, [2, 2])
        },
      ] + structures + values
  }

  @Test(arguments: Choice.all)
  func `writes the member that is chosen`(choice: Choice) throws {
    let bytes = choice.message.bytes
    #expect(try written(bytes, schema: .choices) == bytes)
    let tree = try MessageTree(try TemporaryFolder().source(bytes), schema: .choices)
    #expect(MessageWriter.size(of: tree) == bytes.count)
  }

  @Test func `writes the members that repeated messages have chosen`() throws {
    let message = WireMessage { message in
      for choice in Choice.all { message.message(12, choice.message) }
    }
    #expect(try written(message.bytes, schema: .choices) == message.bytes)
  }

  @Test func `writes payloads and choices in maps`() throws {
    let message = WireMessage { message in
      for name in ["a", "b"] {
        message.message(13) {
          $0.string(1, name)
          $0.message(2) { $0.bytes(1, Array(name.utf8)) }
        }
      }
      for (key, choice) in Choice.all.enumerated() {
        message.message(14) {
          $0.varint(1, key + 1)
          $0.message(2, choice.message)
        }
      }
    }
    #expect(try written(message.bytes, schema: .choices) == message.bytes)
  }

  /// Protobuf keeps the last member; what was read of the other, payloads among it, is not written.
  @Test(arguments: Choice.structures, Choice.structures)
  func `of two messages of one choice the last counts`(first: Choice, last: Choice) throws {
    guard first.number != last.number else { return }
    #expect(try written(first.message.bytes + last.message.bytes, schema: .choices) == last.message.bytes)
  }

  @Test(arguments: Choice.values, Choice.values.dropLast())
  func `of two values of one choice the last counts`(first: Choice, last: Choice) throws {
    #expect(try written(first.message.bytes + last.message.bytes, schema: .choices) == last.message.bytes)
  }

  @Test func `a message that comes again after another member is refused`() throws {
    let leaf = WireMessage { $0.message(2) { $0.bytes(1, [1]) } }
    let empty = WireMessage { $0.message(5) { _ in } }
    let source = try TemporaryFolder().source(leaf.bytes + empty.bytes + leaf.bytes)
    let error = ModelFileError(
      .unsupported, path: source.path,
      "is valid but not supported: byte 8: field 2 appears twice in a message that holds one")
    #expect(throws: error) { _ = try MessageTree(source, schema: .choices) }
  }
}
