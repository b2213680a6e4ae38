/// A serialized message as a tree of fields, which stays well-formed whatever is changed in it.
struct WireTree {
  enum Content {
    case varint(UInt64)
    case fixed32([UInt8])
    case fixed64([UInt8])
    case bytes([UInt8])
    /// A message, by its index.
    case message(Int)
  }

  struct Field {
    var number: Int
    var content: Content
  }

  struct Message {
    /// The type's number in `MessageTypes`.
    var type: Int
    var fields: [Field] = []
  }

  /// The root and all messages that were ever below it.
  private(set) var messages: [Message] = []

  private static let depthLimit = 64

  /// Reads a message; nil where the bytes are no serialized message.
  ///
  /// What is nested too deep to be walked stays bytes.
  init?(_ bytes: [UInt8], type: Int = MessageTypes.model) {
    guard parse(bytes[...], type: type, depth: 0) != nil else { return nil }
  }

  private mutating func parse(_ bytes: ArraySlice<UInt8>, type: Int, depth: Int) -> Int? {
    let index = messages.count
    messages.append(Message(type: type))
    var rest = bytes
    var fields: [Field] = []
    while !rest.isEmpty {
      guard let tag = Self.varint(&rest), tag >> 3 > 0, tag >> 3 < 1 << 29 else { return abandon(index) }
      let number = Int(tag >> 3)
      switch tag & 7 {
      case 0:
        guard let value = Self.varint(&rest) else { return abandon(index) }
        fields.append(Field(number: number, content: .varint(value)))
      case 1, 5:
        let width = tag & 7 == 1 ? 8 : 4
        guard rest.count >= width else { return abandon(index) }
        let value = Array(rest.prefix(width))
        rest = rest.dropFirst(width)
        fields.append(Field(number: number, content: width == 8 ? .fixed64(value) : .fixed32(value)))
      case 2:
        guard let length = Self.varint(&rest), length <= rest.count else { return abandon(index) }
        let content = rest.prefix(Int(length))
        rest = rest.dropFirst(Int(length))
        let child = MessageTypes.onnx.children[type][number].flatMap {
          depth < Self.depthLimit ? parse(content, type: $0, depth: depth + 1) : nil
        }
        fields.append(Field(number: number, content: child.map { .message($0) } ?? .bytes(Array(content))))
      default: return abandon(index)
      }
    }
    messages[index].fields = fields
    return index
  }

  private mutating func abandon(_ index: Int) -> Int? {
    messages.removeLast(messages.count - index)
    return nil
  }

  private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    return nil
  }

  /// The serialized root.
  var encoded: [UInt8] { encoded(0) }

  private func encoded(_ index: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ value: UInt64) {
      var value = value
      while value >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
        value >>= 7
      }
      bytes.append(UInt8(value))
    }
    func append(_ content: [UInt8], _ tag: UInt64) {
      append(tag | 2)
      append(UInt64(content.count))
      bytes += content
    }
    for field in messages[index].fields {
      let tag = UInt64(field.number) << 3
      switch field.content {
      case .varint(let value):
        append(tag)
        append(value)
      case .fixed32(let value):
        append(tag | 5)
        bytes += value
      case .fixed64(let value):
        append(tag | 1)
        bytes += value
      case .bytes(let content): append(content, tag)
      case .message(let child): append(encoded(child), tag)
      }
    }
    return bytes
  }

  /// Changes the fields of one message.
  ///
  /// - Precondition: No message is put into itself; `copy` makes what may be put anywhere.
  mutating func edit(_ message: Int, _ change: (inout [Field]) -> Void) { change(&messages[message].fields) }

  /// A field that may be added to any message: what is below it is copied, from this tree or another.
  mutating func copy(_ field: Field, of tree: WireTree) -> Field {
    guard case .message(let index) = field.content else { return field }
    let copied = tree.messages[index].fields.map { copy($0, of: tree) }
    messages.append(Message(type: tree.messages[index].type, fields: copied))
    return Field(number: field.number, content: .message(messages.count - 1))
  }
}
