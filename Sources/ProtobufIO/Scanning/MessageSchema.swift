package import CProtobufC

/// What the scan must know of each field of each message type, read from protobuf-c's descriptors.
///
/// One value describes a root message and all that it can hold; message types are numbered from 0, the
/// root.
@safe
package struct MessageSchema {
  /// How a field is checked and carried over.
  enum Kind: UInt8 {
    case unknown
    case varint
    case fixed32
    case fixed64
    case bytes
    case string
    case message
    /// A payload: its bytes stay in the file.
    case lifted
  }

  struct Field {
    var kind = Kind.unknown
    var isRepeated = false
    /// The elements' width where a lifted field is repeated, 1 for bytes.
    var width = 1
    /// The message type's number where the field holds messages.
    var child = -1
    /// The field's place in the set of singular message fields already seen.
    var singularBit: UInt64 = 0
    var descriptorIndex = -1
  }

  /// One message type.
  @safe
  struct Message {
    let descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    /// By field number; larger numbers are unknown fields.
    var fields: [Field]
    /// Indices into `fields` of what leads to a payload.
    var leadingToPayloads: [Int] = []
  }

  private(set) var messages: [Message] = []

  /// Reads the descriptors reachable from a root.
  ///
  /// - Parameters:
  ///   - root: The descriptor of the outermost message.
  ///   - lifted: Per message type, by its name, the numbers of the fields that hold payloads: `bytes`,
  ///     `repeated float` or `repeated double`.
  package init(root: UnsafePointer<ProtobufCMessageDescriptor>, lifting lifted: [String: Set<Int>]) {
    var numbers: [UnsafePointer<ProtobufCMessageDescriptor>: Int] = unsafe [:]
    _ = unsafe number(root, in: &numbers)
    var index = 0
    while index < messages.count {
      unsafe describe(index, numbers: &numbers, lifted: lifted)
      index += 1
    }
    markPathsToPayloads()
  }

  private mutating func number(
    _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
    in numbers: inout [UnsafePointer<ProtobufCMessageDescriptor>: Int]
  ) -> Int {
    if let number = unsafe numbers[descriptor] { return number }
    unsafe numbers[descriptor] = messages.count
    unsafe messages.append(Message(descriptor: descriptor, fields: []))
    return messages.count - 1
  }

  private mutating func describe(
    _ index: Int, numbers: inout [UnsafePointer<ProtobufCMessageDescriptor>: Int], lifted: [String: Set<Int>]
  ) {
    let descriptor = unsafe messages[index].descriptor.pointee
    let liftedNumbers = unsafe lifted[String(cString: descriptor.name)] ?? []
    let all = unsafe UnsafeBufferPointer(start: descriptor.fields, count: Int(descriptor.n_fields))
    let largest = unsafe all.map { unsafe Int($0.id) }.max() ?? 0
    precondition(largest < 1 << 12, "field numbers must be small enough for a table")
    var fields = [Field](repeating: Field(), count: largest + 1)
    var singularBit: UInt64 = 1
    for position in all.indices {
      let source = unsafe all[position]
      var field = unsafe Field(
        kind: Self.kind(of: source.type), isRepeated: source.label == PROTOBUF_C_LABEL_REPEATED)
      field.descriptorIndex = position
      if field.kind == .message, let child = unsafe source.descriptor {
        field.child = unsafe number(child.assumingMemoryBound(to: ProtobufCMessageDescriptor.self), in: &numbers)
        if !field.isRepeated {
          field.singularBit = singularBit
          singularBit <<= 1
        }
      }
      if unsafe liftedNumbers.contains(Int(source.id)) {
        switch field.kind {
        case .fixed32: field.width = 4
        case .fixed64: field.width = 8
        default: precondition(field.kind == .bytes, "only bytes and packed floats can be lifted")
        }
        field.kind = .lifted
      }
      unsafe fields[Int(source.id)] = field
    }
    messages[index].fields = fields
  }

  /// Finds, for each message type, the fields through which a payload can be reached.
  private mutating func markPathsToPayloads() {
    var reaches = messages.map { $0.fields.contains { $0.kind == .lifted } }
    var changed = true
    while changed {
      changed = false
      for (index, message) in messages.enumerated() where !reaches[index] {
        reaches[index] = message.fields.contains { $0.child >= 0 && reaches[$0.child] }
        changed = changed || reaches[index]
      }
    }
    for index in messages.indices {
      messages[index].leadingToPayloads = messages[index].fields.indices.filter { number in
        let field = messages[index].fields[number]
        return field.kind == .lifted || (field.child >= 0 && reaches[field.child])
      }
    }
  }

  private static func kind(of type: ProtobufCType) -> Kind {
    switch type {
    case PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT: .fixed32
    case PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE: .fixed64
    case PROTOBUF_C_TYPE_STRING: .string
    case PROTOBUF_C_TYPE_BYTES: .bytes
    case PROTOBUF_C_TYPE_MESSAGE: .message
    default: .varint
    }
  }
}

// It holds pointers to descriptors only, which are constants of the program that nobody writes to.
extension MessageSchema: @unchecked Sendable {}
