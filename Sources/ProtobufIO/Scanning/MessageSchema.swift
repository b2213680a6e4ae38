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
    /// The field's place among its type's singular message fields, -1 for any other field.
    var singularPlace = -1
    var descriptorIndex = -1
  }

  /// One message type.
  @safe
  struct Message {
    let descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    /// By field number, up to the largest number under `tableLimit`, then those with larger numbers; the first is none.
    var fields = [Field()]
    /// The numbers that are places in `fields`.
    var tableCount = 1
    /// The places in `fields` of larger numbers.
    var distantPlaces: [Int: Int] = [:]
    /// Indices into `fields` of what leads to a payload.
    var leadingToPayloads: [Int] = []
    /// The numbers of the fields whose -0 protobuf-c takes for 0, which it does not write.
    var withoutNegativeZero: Set<Int> = []
    /// The words of 64 bits that note which singular message fields were seen, past the first word.
    var moreSeenWords = 0

    /// The field of a number, of kind `unknown` where the type has none.
    func field(_ number: Int) -> Field {
      fields[number < tableCount ? number : distantPlace(number)]
    }

    /// The place in `fields` of a number past the table; not inlined, since the scan rarely comes here.
    @inline(never)
    func distantPlace(_ number: Int) -> Int { distantPlaces[number] ?? 0 }
  }

  /// What a table by field number may hold; a type with larger numbers would waste memory.
  private static let tableLimit = 1 << 12

  private(set) var messages: [Message] = []

  /// Whether some message is malformed without one of its fields.
  private(set) var hasRequiredFields = false

  /// Reads the descriptors reachable from a root.
  ///
  /// - Parameters:
  ///   - root: The descriptor of the outermost message.
  ///   - lifted: Per message type, by its name, the numbers of the fields that hold payloads: `bytes`, or
  ///     `repeated float` or `repeated double` that are written packed.
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

  // MARK: - Descriptors

  private mutating func number(
    _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
    in numbers: inout [UnsafePointer<ProtobufCMessageDescriptor>: Int]
  ) -> Int {
    if let number = unsafe numbers[descriptor] { return number }
    unsafe numbers[descriptor] = messages.count
    unsafe messages.append(Message(descriptor: descriptor))
    return messages.count - 1
  }

  private mutating func describe(
    _ index: Int, numbers: inout [UnsafePointer<ProtobufCMessageDescriptor>: Int], lifted: [String: Set<Int>]
  ) {
    let descriptor = unsafe messages[index].descriptor.pointee
    let liftedNumbers = unsafe lifted[String(cString: descriptor.name)] ?? []
    let all = unsafe UnsafeBufferPointer(start: descriptor.fields, count: Int(descriptor.n_fields))
    let largest = unsafe all.map { unsafe Int($0.id) }.filter { $0 < Self.tableLimit }.max() ?? 0
    var message = unsafe Message(descriptor: messages[index].descriptor)
    message.fields = [Field](repeating: Field(), count: largest + 1)
    message.tableCount = largest + 1
    var singularCount = 0
    for position in all.indices {
      let source = unsafe all[position]
      let number = unsafe Int(source.id)
      var field = unsafe Field(
        kind: Self.kind(of: source.type), isRepeated: source.label == PROTOBUF_C_LABEL_REPEATED,
        descriptorIndex: position)
      if field.kind == .message, let child = unsafe source.descriptor {
        field.child = unsafe self.number(child.assumingMemoryBound(to: ProtobufCMessageDescriptor.self), in: &numbers)
        if !field.isRepeated {
          field.singularPlace = singularCount
          singularCount += 1
        }
      }
      if liftedNumbers.contains(number) {
        precondition(unsafe Self.canBeLifted(source, field), "only bytes and packed floats can be lifted")
        field.width = field.kind == .fixed32 ? 4 : field.kind == .fixed64 ? 8 : 1
        field.kind = .lifted
      }
      if number < message.tableCount {
        message.fields[number] = field
      } else {
        message.distantPlaces[number] = message.fields.count
        message.fields.append(field)
      }
      if unsafe Self.losesNegativeZero(source) { message.withoutNegativeZero.insert(number) }
      unsafe hasRequiredFields = hasRequiredFields || source.label == PROTOBUF_C_LABEL_REQUIRED
    }
    message.moreSeenWords = max(singularCount - 1, 0) / 64
    messages[index] = message
  }

  /// Whether the writer asks for the field's content at once: protobuf-c goes through elements that are not packed
  /// one by one, and through repeated bytes.
  private static func canBeLifted(_ source: ProtobufCFieldDescriptor, _ field: Field) -> Bool {
    switch field.kind {
    case .fixed32, .fixed64: unsafe field.isRepeated && has(PROTOBUF_C_FIELD_FLAG_PACKED, source)
    case .bytes: !field.isRepeated
    default: false
    }
  }

  /// Without a mark of presence, as in proto3, protobuf-c compares a number with 0 before it writes it.
  private static func losesNegativeZero(_ source: ProtobufCFieldDescriptor) -> Bool {
    unsafe source.label == PROTOBUF_C_LABEL_NONE && !has(PROTOBUF_C_FIELD_FLAG_ONEOF, source)
      && (source.type == PROTOBUF_C_TYPE_FLOAT || source.type == PROTOBUF_C_TYPE_DOUBLE)
  }

  /// Whether a field has a flag.
  static func has(_ flag: ProtobufCFieldFlag, _ source: ProtobufCFieldDescriptor) -> Bool {
    unsafe source.flags & UInt32(flag.rawValue) != 0
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

  // MARK: - Paths

  /// Finds, for each message type, the fields through which a payload can be reached.
  ///
  /// - Complexity: O(message types + fields), with the unused numbers of the tables.
  private mutating func markPathsToPayloads() {
    let holdsPayloads = messages.map { $0.fields.contains { $0.kind == .lifted } }
    let leading = fields(leadingTo: holdsPayloads)
    for (index, message) in messages.enumerated() {
      let own = message.fields.indices.filter { message.fields[$0].kind == .lifted }
      messages[index].leadingToPayloads = (own + leading[index]).sorted()
    }
  }

  /// For each message type the places in `fields` of those that hold messages of some types, or lead to one.
  ///
  /// - Parameter isWanted: For each message type whether it is one of those.
  /// - Complexity: O(message types + fields), with the unused numbers of the tables.
  func fields(leadingTo isWanted: [Bool]) -> [[Int]] {
    var parents = [[Int]](repeating: [], count: messages.count)
    for (index, message) in messages.enumerated() {
      for field in message.fields where field.child >= 0 { parents[field.child].append(index) }
    }
    var reaches = isWanted
    var pending = messages.indices.filter { isWanted[$0] }
    while let index = pending.popLast() {
      for parent in parents[index] where !reaches[parent] {
        reaches[parent] = true
        pending.append(parent)
      }
    }
    return messages.map { message in
      message.fields.indices.filter { message.fields[$0].child >= 0 && reaches[message.fields[$0].child] }
    }
  }

  /// Whether a field of a message is set, as far as a oneof tells: its members share their memory, which is the chosen
  /// one's.
  static func isInUse(_ field: ProtobufCFieldDescriptor, in message: UnsafeMutableRawPointer) -> Bool {
    guard unsafe has(PROTOBUF_C_FIELD_FLAG_ONEOF, field) else { return true }
    return unsafe message.load(fromByteOffset: Int(field.quantifier_offset), as: UInt32.self) == field.id
  }
}

// It holds pointers to descriptors only, which are constants of the program that nobody writes to.
extension MessageSchema: @unchecked Sendable {}
