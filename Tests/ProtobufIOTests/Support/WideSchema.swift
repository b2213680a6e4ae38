import CProtobufC

@testable import ProtobufIO

/// Schemas of one message type that holds itself in any number of singular fields, numbered from 1.
///
/// Their descriptors stay, as generated ones do.
enum WideSchema {
  /// By the number of fields.
  static let all: [Int: MessageSchema] = Dictionary(
    uniqueKeysWithValues: [1, 63, 64, 65, 70, 128, 129, 300].map { ($0, made($0)) })

  static func of(_ count: Int) -> MessageSchema {
    guard let schema = all[count] else { preconditionFailure("tests must name the widths that they use") }
    return schema
  }

  private static func made(_ count: Int) -> MessageSchema {
    let descriptor = UnsafeMutablePointer<ProtobufCMessageDescriptor>.allocate(capacity: 1)
    let fields = UnsafeMutablePointer<ProtobufCFieldDescriptor>.allocate(capacity: count)
    let ranges = UnsafeMutablePointer<ProtobufCIntRange>.allocate(capacity: 2)
    let name = unsafe name()
    let first = unsafe MemoryLayout<ProtobufCMessage>.size
    for index in 0..<count {
      var field = unsafe ProtobufCFieldDescriptor()
      unsafe field.name = name
      unsafe field.id = UInt32(index + 1)
      unsafe field.label = PROTOBUF_C_LABEL_OPTIONAL
      unsafe field.type = PROTOBUF_C_TYPE_MESSAGE
      unsafe field.offset = UInt32(first + index * MemoryLayout<UnsafeRawPointer>.size)
      unsafe field.descriptor = UnsafeRawPointer(descriptor)
      unsafe (fields + index).initialize(to: field)
    }
    unsafe ranges.initialize(to: ProtobufCIntRange(start_value: 1, orig_index: 0))
    unsafe (ranges + 1).initialize(to: ProtobufCIntRange(start_value: 0, orig_index: UInt32(count)))
    var type = unsafe ProtobufCMessageDescriptor()
    unsafe type.magic = UInt32(PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC)
    unsafe type.name = name
    unsafe type.sizeof_message = first + count * MemoryLayout<UnsafeRawPointer>.size
    unsafe type.n_fields = UInt32(count)
    unsafe type.fields = UnsafePointer(fields)
    unsafe type.n_field_ranges = 1
    unsafe type.field_ranges = UnsafePointer(ranges)
    unsafe descriptor.initialize(to: type)
    return unsafe MessageSchema(root: descriptor, lifting: [:])
  }

  private static func name() -> UnsafePointer<CChar> {
    let text = UnsafeMutablePointer<CChar>.allocate(capacity: 5)
    unsafe text.initialize(repeating: 0, count: 5)
    for (index, byte) in "wide".utf8.enumerated() { unsafe text[index] = CChar(byte) }
    return unsafe UnsafePointer(text)
  }
}
