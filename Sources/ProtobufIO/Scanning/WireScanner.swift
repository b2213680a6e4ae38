/// Checks the wire format of a file and separates its payloads from its structure.
///
/// protobuf-c recurses without limit, cuts strings at a zero byte and loses data where a singular message
/// appears twice; so everything it cannot carry is found here, before it is called. One pass, iterative,
/// in the memory of the skeleton. Source: the protobuf encoding specification.
struct WireScanner: ~Copyable {
  /// The nesting that other readers of protobuf accept too.
  static let depthLimit = 100

  /// What the skeleton and the table of payloads may take.
  private let byteLimit: Int

  private struct Frame {
    let message: Int
    let end: Int
    /// Where the skeleton holds this message's length, five bytes.
    let lengthAt: Int
    /// Which of the type's first 64 singular message fields were seen, a bit each; `moreSeen` notes the others.
    var seen: UInt64 = 0
  }

  private let source: FileSource
  private let schema: MessageSchema
  private var window: ScanWindow
  private var skeleton = Skeleton()
  private var frames: [Frame] = []
  /// The words of all open messages' further singular message fields, the innermost message's last.
  private var moreSeen: [UInt64] = []

  init(_ source: FileSource, schema: MessageSchema, byteLimit: Int = 1 << 30) {
    self.source = source
    self.schema = schema
    self.byteLimit = byteLimit
    window = ScanWindow(source)
  }

  /// Scans the whole file.
  ///
  /// - Throws: `malformed` with the byte's offset, `unsupported` for legal protobuf that protobuf-c cannot
  ///   carry, `overBudget`.
  /// - Complexity: O(fields + bytes outside payloads).
  consuming func scan() throws(ModelFileError) -> Skeleton {
    ReadingCounter.current?.noteScan(of: source.path)
    enter(Frame(message: 0, end: source.size, lengthAt: -1))
    while let frame = frames.last {
      if window.position == frame.end {
        close(frame)
      } else {
        try scanField(in: frame)
      }
    }
    return skeleton
  }

  private mutating func enter(_ frame: Frame) {
    frames.append(frame)
    let words = schema.messages[frame.message].moreSeenWords
    if words > 0 { moreSeen.append(contentsOf: repeatElement(0, count: words)) }
  }

  private mutating func close(_ frame: Frame) {
    frames.removeLast()
    if !moreSeen.isEmpty { moreSeen.removeLast(schema.messages[frame.message].moreSeenWords) }
    guard frame.lengthAt >= 0 else { return }
    var length = skeleton.bytes.count - frame.lengthAt - 5
    for index in 0..<5 {
      skeleton.bytes[frame.lengthAt + index] = UInt8(length & 0x7F) | (index < 4 ? 0x80 : 0)
      length >>= 7
    }
  }

  private mutating func scanField(in frame: Frame) throws(ModelFileError) {
    let start = window.position
    let tag = try varint(until: frame.end, longest: 5)
    let number = Int(tag >> 3)
    guard tag <= UInt64(UInt32.max), number > 0 else {
      throw malformed("byte \(start): no field can have the tag \(tag)")
    }
    let field = schema.messages[frame.message].field(number)
    // Most text begins with what would be a group or a number of fixed size, in one printable byte.
    if start == 0, tag & 7 > 2, (0x20...0x7E).contains(tag), field.kind != .fixed32, field.kind != .lifted {
      throw malformed("byte 0: no model begins with the character of the code \(tag)")
    }
    switch tag & 7 {
    case 0: try scanVarint(tag, field, in: frame)
    case 1: try scanFixed(tag, field, width: 8, in: frame)
    case 5: try scanFixed(tag, field, width: 4, in: frame)
    case 2: try scanDelimited(tag, field, number: number, in: frame)
    case 3, 4: throw unsupported("byte \(start): holds a group, field \(number)")
    default: throw malformed("byte \(start): \(tag & 7) is no wire type")
    }
    try checkRoom(for: 0)
  }

  private func checkRoom(for length: Int) throws(ModelFileError) {
    // The file's size bounds each of them, so that no sum overflows.
    guard skeleton.bytes.count &+ skeleton.payloads.count &* 32 &+ length <= byteLimit else {
      throw ModelFileError(.overBudget, path: source.path, "its structure takes more than \(byteLimit) bytes")
    }
  }

  private mutating func scanVarint(
    _ tag: UInt64, _ field: MessageSchema.Field, in frame: Frame
  ) throws(ModelFileError) {
    try expect(field.kind == .unknown || field.kind == .varint, tag)
    append(tag)
    append(try varint(until: frame.end, longest: 10))
  }

  private mutating func scanFixed(
    _ tag: UInt64, _ field: MessageSchema.Field, width: Int, in frame: Frame
  ) throws(ModelFileError) {
    let isLifted = field.kind == .lifted && field.width == width
    try expect(field.kind == .unknown || isLifted || field.kind == (width == 4 ? .fixed32 : .fixed64), tag)
    try checkLength(width, in: frame)
    if isLifted {
      lift(width, number: tag >> 3)
    } else {
      append(tag)
      _ = try window.copy(width, to: &skeleton.bytes)
      let signed = schema.messages[frame.message].withoutNegativeZero
      if !signed.isEmpty, signed.contains(Int(tag >> 3)), endsInNegativeZero(width) {
        throw unsupported("byte \(window.position - width): field \(tag >> 3) holds -0")
      }
    }
  }

  private func endsInNegativeZero(_ width: Int) -> Bool {
    skeleton.bytes.last == 0x80 && skeleton.bytes.suffix(width).dropLast().allSatisfy { $0 == 0 }
  }

  private mutating func scanDelimited(
    _ tag: UInt64, _ field: MessageSchema.Field, number: Int, in frame: Frame
  ) throws(ModelFileError) {
    let start = window.position
    let length = Int(try varint(until: frame.end, longest: 5))
    try checkLength(length, in: frame)
    switch field.kind {
    case .message:
      try open(tag, field, number: number, length: length, at: start)
    case .lifted:
      guard length % field.width == 0 else {
        throw malformed("byte \(start): field \(number) packs \(length) bytes of \(field.width)-byte elements")
      }
      lift(length, number: tag >> 3)
    case .string, .bytes, .unknown, .varint, .fixed32, .fixed64:
      try expect(field.kind == .string || field.kind == .bytes || field.kind == .unknown || field.isRepeated, tag)
      append(tag)
      append(UInt64(length))
      try checkRoom(for: length)
      let hasZero = try window.copy(length, to: &skeleton.bytes)
      if hasZero, field.kind == .string {
        throw unsupported("byte \(start): the string in field \(number) holds a NUL character")
      }
    }
  }

  private mutating func open(
    _ tag: UInt64, _ field: MessageSchema.Field, number: Int, length: Int, at start: Int
  ) throws(ModelFileError) {
    guard field.isRepeated || isFirst(field) else {
      throw unsupported("byte \(start): field \(number) appears twice in a message that holds one")
    }
    guard frames.count < Self.depthLimit else {
      throw unsupported("byte \(start): messages are nested more than \(Self.depthLimit) deep")
    }
    append(tag)
    enter(Frame(message: field.child, end: window.position + length, lengthAt: skeleton.bytes.count))
    for _ in 0..<5 { skeleton.bytes.append(0) }
  }

  /// Notes that a singular message has come in the innermost message, and says whether it had not before.
  private mutating func isFirst(_ field: MessageSchema.Field) -> Bool {
    let bit: UInt64 = 1 &<< UInt64(field.singularPlace)
    let last = frames.count - 1
    if field.singularPlace < 64 {
      defer { frames[last].seen |= bit }
      return frames[last].seen & bit == 0
    }
    let word = moreSeen.count - field.singularPlace / 64
    defer { moreSeen[word] |= bit }
    return moreSeen[word] & bit == 0
  }

  /// Leaves a payload in the file and puts its index into the skeleton.
  private mutating func lift(_ length: Int, number: UInt64) {
    append(number << 3 | 2)
    append(length == 0 ? 0 : 8)
    guard length > 0 else { return }
    var index = UInt64(skeleton.payloads.count)
    for _ in 0..<8 {
      skeleton.bytes.append(UInt8(truncatingIfNeeded: index))
      index >>= 8
    }
    skeleton.payloads.append(window.position..<window.position + length)
    window.skip(length)
  }

  private mutating func append(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      skeleton.bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    skeleton.bytes.append(UInt8(value))
  }

  private mutating func varint(until end: Int, longest: Int) throws(ModelFileError) -> UInt64 {
    let start = window.position
    var value: UInt64 = 0
    for index in 0..<longest {
      guard window.position < end else { throw malformed("byte \(start): a number is cut off") }
      let byte = try window.byte()
      value |= UInt64(byte & 0x7F) << UInt64(7 * index)
      if byte < 0x80 { return value }
    }
    throw malformed("byte \(start): a number is longer than \(longest) bytes")
  }

  private func checkLength(_ length: Int, in frame: Frame) throws(ModelFileError) {
    guard length <= frame.end - window.position else {
      throw malformed(
        "byte \(window.position): \(length) bytes are announced but \(frame.end - window.position) remain")
    }
  }

  private func expect(_ isRight: Bool, _ tag: UInt64) throws(ModelFileError) {
    guard isRight else {
      throw unsupported("byte \(window.position): field \(tag >> 3) has wire type \(tag & 7), not its own")
    }
  }

  private func malformed(_ text: String) -> ModelFileError {
    ModelFileError(.malformed, path: source.path, "is not a valid protobuf message: \(text)")
  }

  private func unsupported(_ text: String) -> ModelFileError {
    ModelFileError(.unsupported, path: source.path, "is valid but not supported: \(text)")
  }
}
