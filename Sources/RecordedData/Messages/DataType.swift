package import Tensors

/// The number that stands for the type of a tensor's elements: `TensorProto.DataType`, with today's 28 types.
package struct DataType: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  package static let float32 = DataType(rawValue: 1)
  package static let uint8 = DataType(rawValue: 2)
  package static let int8 = DataType(rawValue: 3)
  package static let int32 = DataType(rawValue: 6)
  package static let int64 = DataType(rawValue: 7)
  package static let string = DataType(rawValue: 8)
  package static let bool = DataType(rawValue: 9)
  package static let float16 = DataType(rawValue: 10)
  package static let float64 = DataType(rawValue: 11)
  package static let bfloat16 = DataType(rawValue: 16)

  /// The types by their numbers; none behind 0 and the complex ones.
  private static let elements: [ElementType?] = [
    nil, .float32, .uint8, .int8, .uint16, .int16, .int32, .int64, .string, .bool, .float16, .float64, .uint32, .uint64,
    nil, nil, .bfloat16, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .uint4, .int4, .float4e2m1,
    .float8e8m0, .uint2, .int2, .float6e2m3, .float6e3m2,
  ]

  /// The numbers of the types.
  private static let numbers = Dictionary(
    elements.enumerated().compactMap { number, element in element.map { ($0, number) } },
    uniquingKeysWith: { first, _ in first })

  package init(_ element: ElementType) {
    guard let number = Self.numbers[element] else { preconditionFailure("every type must have a number") }
    rawValue = number
  }

  /// The types that no network computes in.
  private static let others: [Int: (name: String, bits: Int)] = [
    0: ("undefined", 0), 14: ("complex64", 64), 15: ("complex128", 128),
  ]

  /// The type, nil for one that is not known or that no network computes in.
  package var element: ElementType? { Self.elements.indices.contains(rawValue) ? Self.elements[rawValue] : nil }

  /// The type's name as people write it.
  package var name: String { element?.rawValue ?? Self.others[rawValue]?.name ?? "type \(rawValue)" }

  /// The number of bits of one element, nil where elements have no fixed size or the type is not known.
  package var bitWidth: Int? {
    let bits = element?.bitWidth ?? Self.others[rawValue]?.bits ?? 0
    return bits > 0 ? bits : nil
  }

  /// The number of bytes that `count` elements take when they are packed, nil if it is not known or
  /// overflows.
  package func byteCount(of count: Int) -> Int? {
    guard let bitWidth else { return nil }
    let (bits, overflow) = count.multipliedReportingOverflow(by: bitWidth)
    return overflow ? nil : bits / 8 + (bits % 8 == 0 ? 0 : 1)
  }
}
