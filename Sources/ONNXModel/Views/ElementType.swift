/// The element type of an ONNX tensor: `TensorProto.DataType`, with today's 28 types.
package struct ElementType: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  package static let float32 = ElementType(rawValue: 1)
  package static let uint8 = ElementType(rawValue: 2)
  package static let int8 = ElementType(rawValue: 3)
  package static let int32 = ElementType(rawValue: 6)
  package static let int64 = ElementType(rawValue: 7)
  package static let string = ElementType(rawValue: 8)
  package static let bool = ElementType(rawValue: 9)
  package static let float16 = ElementType(rawValue: 10)
  package static let float64 = ElementType(rawValue: 11)
  package static let bfloat16 = ElementType(rawValue: 16)

  private static let table: [(name: String, bits: Int)] = [
    ("undefined", 0), ("float32", 32), ("uint8", 8), ("int8", 8), ("uint16", 16), ("int16", 16),
    ("int32", 32), ("int64", 64), ("string", 0), ("bool", 8), ("float16", 16), ("float64", 64),
    ("uint32", 32), ("uint64", 64), ("complex64", 64), ("complex128", 128), ("bfloat16", 16),
    ("float8e4m3fn", 8), ("float8e4m3fnuz", 8), ("float8e5m2", 8), ("float8e5m2fnuz", 8), ("uint4", 4),
    ("int4", 4), ("float4e2m1", 4), ("float8e8m0", 8), ("uint2", 2), ("int2", 2), ("float6e2m3", 6),
    ("float6e3m2", 6),
  ]

  /// The type's name as people write it.
  package var name: String {
    Self.table.indices.contains(rawValue) ? Self.table[rawValue].name : "type \(rawValue)"
  }

  /// The number of bits of one element, nil where elements have no fixed size or the type is not known.
  package var bitWidth: Int? {
    guard Self.table.indices.contains(rawValue), Self.table[rawValue].bits > 0 else { return nil }
    return Self.table[rawValue].bits
  }

  /// The number of bytes that `count` elements take when they are packed, nil if it is not known or
  /// overflows.
  package func byteCount(of count: Int) -> Int? {
    guard let bitWidth else { return nil }
    let (bits, overflow) = count.multipliedReportingOverflow(by: bitWidth)
    return overflow ? nil : bits / 8 + (bits % 8 == 0 ? 0 : 1)
  }
}
