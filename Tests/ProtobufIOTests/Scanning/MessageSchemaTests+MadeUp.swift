import CProtobufC
import Testing

@testable import ProtobufIO

/// What ONNX's schema does not have.
extension MessageSchemaTests {
  @Test(arguments: [(1, 0), (63, 0), (64, 0), (65, 1), (70, 1), (128, 1), (129, 2), (300, 4)])
  func `any number of singular messages has its bits`(count: Int, words: Int) {
    let type = WideSchema.of(count).messages[0]
    #expect(type.fields.map(\.singularPlace) == [-1] + Array(0..<count))
    #expect(type.moreSeenWords == words)
  }

  @Test func `payloads are found behind the members of a choice and in maps`() {
    let choices = MessageSchema.choices
    #expect(choices.messages[0].leadingToPayloads == [2, 3, 4, 6, 10, 11, 12, 13, 14])
    #expect(choices.messages[choices.messages[0].fields[13].child].leadingToPayloads == [2])
    #expect(choices.messages[choices.messages[0].fields[5].child].leadingToPayloads == [])
  }

  @Test func `fields are known by numbers as large as there are`() {
    let type = MessageSchema.standard.messages[0]
    #expect(type.tableCount == 11 && type.fields.count == 14)
    #expect(type.field(40_000).kind == .message && type.field(40_000).singularPlace == 0)
    #expect(type.field(100_000).isRepeated)
    #expect(type.field(536_870_911).kind == .lifted)
    #expect([0, 11, 12, 13, 14, 40_001].allSatisfy { type.field($0).kind == .unknown })
    #expect(type.leadingToPayloads.map { type.fields[$0].descriptorIndex } == [0, 3, 6, 10, 11, 12])
  }

  @Test func `knows where fields are required and where a number loses its sign`() {
    #expect(MessageSchema.demanding.hasRequiredFields && !MessageSchema.standard.hasRequiredFields)
    #expect(!MessageSchema.onnx.hasRequiredFields && !MessageSchema.scalars.hasRequiredFields)
    #expect(MessageSchema.scalars.messages[0].withoutNegativeZero == [1, 2])
    #expect(MessageSchema.choices.messages[0].withoutNegativeZero == [])
    #expect(MessageSchema.onnx.messages.allSatisfy { $0.withoutNegativeZero == [] })
  }

  /// Floats that are not packed, repeated bytes, one fixed number, a string.
  @Test(arguments: [8, 9, 10, 2])
  func `what protobuf-c does not write at once can be no payload`(number: Int) async {
    await #expect(processExitsWith: .failure) { [number = number as Int] in
      _ = MessageSchema.standard(lifting: number)
    }
  }

  @Test func `packed floats of proto3 can be payloads`() async {
    await #expect(processExitsWith: .success) { _ = MessageSchema.standard(lifting: 7) }
    let type = MessageSchema.scalars.messages[0]
    #expect(type.fields[10].kind == .lifted && type.fields[10].width == 4)
  }
}
