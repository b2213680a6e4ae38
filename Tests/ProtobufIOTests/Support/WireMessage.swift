/// The bytes of a protobuf message, field by field: nothing is checked or put in order.
package struct WireMessage: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package init(_ build: (inout WireMessage) -> Void) { build(&self) }

  /// Appends bytes as they are.
  package mutating func raw(_ bytes: [UInt8]) { self.bytes += bytes }

  /// Appends a tag: a field's number and its wire type.
  package mutating func tag(_ field: Int, _ wireType: Int) { append(UInt64(field << 3 | wireType)) }

  package mutating func varint(_ field: Int, _ value: Int) {
    tag(field, 0)
    append(UInt64(bitPattern: Int64(value)))
  }

  package mutating func fixed32(_ field: Int, _ bits: UInt32) {
    tag(field, 5)
    bytes += littleEndian(UInt64(bits), count: 4)
  }

  package mutating func fixed64(_ field: Int, _ bits: UInt64) {
    tag(field, 1)
    bytes += littleEndian(bits, count: 8)
  }

  package mutating func bytes(_ field: Int, _ content: [UInt8]) {
    tag(field, 2)
    append(UInt64(content.count))
    bytes += content
  }

  package mutating func string(_ field: Int, _ text: String) { bytes(field, Array(text.utf8)) }

  package mutating func message(_ field: Int, _ message: WireMessage) { bytes(field, message.bytes) }

  package mutating func message(_ field: Int, _ build: (inout WireMessage) -> Void) {
    bytes(field, WireMessage(build).bytes)
  }

  package mutating func packedFloats(_ field: Int, _ values: [Float]) {
    bytes(field, values.flatMap { littleEndian(UInt64($0.bitPattern), count: 4) })
  }

  package mutating func packedDoubles(_ field: Int, _ values: [Double]) {
    bytes(field, values.flatMap { littleEndian($0.bitPattern, count: 8) })
  }

  package mutating func packedVarints(_ field: Int, _ values: [Int]) {
    var content = WireMessage()
    for value in values { content.append(UInt64(bitPattern: Int64(value))) }
    bytes(field, content.bytes)
  }

  private mutating func append(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }
}

/// The least significant bytes of a number, the lowest first.
package func littleEndian(_ bits: UInt64, count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
}

/// The bytes of float32 numbers as a file stores them.
package func littleEndian(_ values: [Float]) -> [UInt8] {
  values.flatMap { littleEndian(UInt64($0.bitPattern), count: 4) }
}
