import CMadeUpSchema
import CProtobufC

@testable import ProtobufIO

/// Schemas that generated code of `CMadeUpSchema` describes.
extension MessageSchema {
  /// A proto3 message with choices among payloads, messages, strings and numbers.
  static let choices: MessageSchema = {
    var empty = unsafe Implicit__Choices()
    unsafe implicit__choices__init(&empty)
    return unsafe made(empty.base.descriptor)
  }()

  /// A proto3 message whose fields have no presence.
  static let scalars: MessageSchema = {
    var empty = unsafe Implicit__Scalars()
    unsafe implicit__scalars__init(&empty)
    return unsafe made(empty.base.descriptor)
  }()

  /// A proto2 message with defaults and with large field numbers.
  static let standard: MessageSchema = {
    var empty = unsafe Explicit__Standard()
    unsafe explicit__standard__init(&empty)
    return unsafe made(empty.base.descriptor)
  }()

  /// A proto2 message with required fields.
  static let demanding: MessageSchema = {
    var empty = unsafe Explicit__Demanding()
    unsafe explicit__demanding__init(&empty)
    return unsafe made(empty.base.descriptor)
  }()

  /// The schema of `explicit.Standard` with one more field lifted.
  static func standard(lifting number: Int) -> MessageSchema {
    unsafe MessageSchema(root: standard.messages[0].descriptor, lifting: ["explicit.Standard": [number]])
  }

  private static func made(_ descriptor: UnsafePointer<ProtobufCMessageDescriptor>?) -> MessageSchema {
    guard let descriptor = unsafe descriptor else { preconditionFailure("a message must be described") }
    return unsafe MessageSchema(
      root: descriptor,
      lifting: [
        "implicit.Leaf": [1, 2], "implicit.Branch": [2, 3], "implicit.Choices": [6, 10], "implicit.Scalars": [7, 10],
        "explicit.Standard": [1, 4, 7, 536_870_911], "explicit.Demanding": [1],
      ])
  }
}
