/// The stored elements of a tensor: little-endian, in row-major order.
package protocol ElementSource {
  /// All of them, as they are stored.
  func elements<Element: BitwiseCopyable>(of type: Element.Type) throws -> [Element]

  /// All of them, converted chunk by chunk: what is stored is never held whole.
  func elements<Stored: BitwiseCopyable, Element: BitwiseCopyable>(
    of type: Stored.Type, converting convert: (Span<Stored>, inout MutableSpan<Element>) -> Void
  ) throws -> [Element]
}

extension Tensor {
  /// A tensor whose elements are read from where they are stored.
  ///
  /// - Parameters:
  ///   - type: Anything but text.
  ///   - width: The bits that an element takes there, where they are not those of its type.
  ///   - scalar: What real numbers are held in.
  /// - Throws: What the source throws; `ComputationFailure` where it holds too little; `EvaluationError` where a run has
  ///   no memory for them.
  /// - Complexity: O(elements).
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func read<S: TensorScalar>(
    _ shape: [Int], _ type: ElementType, from source: any ElementSource, width: Int? = nil, as scalar: S.Type
  ) throws -> Tensor {
    func reals<Stored: BitwiseCopyable>(_ stored: Stored.Type, _ widen: (Stored) -> S) throws -> Tensor {
      try Tensor(shape, type, reals: try source.elements(of: stored).map(widen))
    }
    func integers<Stored: FixedWidthInteger & BitwiseCopyable>(_ stored: Stored.Type) throws -> Tensor {
      try Tensor(shape, type, integers: try source.elements(of: stored).map { Int64(truncatingIfNeeded: $0) })
    }
    switch type {
    case .float32: return try Tensor(shape, type, reals: try S.singles(in: source))
    case .float64:
      let stored = try source.elements(of: Double.self)
      return try Tensor(shape, type, reals: S.reals(of: .float64(stored)) ?? [])
    case .float16: return try reals(UInt16.self) { S(Float16(bitPattern: $0)) }
    case .bfloat16: return try reals(UInt16.self) { S(Float(bitPattern: UInt32($0) << 16)) }
    case .int64: return try integers(Int64.self)
    case .int32: return try integers(Int32.self)
    case .int16: return try integers(Int16.self)
    case .int8: return try integers(Int8.self)
    case .uint64: return try integers(UInt64.self)
    case .uint32: return try integers(UInt32.self)
    case .uint16: return try integers(UInt16.self)
    case .uint8: return try integers(UInt8.self)
    case .bool: return try Tensor(shape, booleans: try source.elements(of: UInt8.self).map { $0 != 0 })
    case .float8e8m0:
      return try reals(UInt8.self) {
        $0 == 255 ? .nan : S(Double(sign: .plus, exponent: Int($0) - 127, significand: 1))
      }
    default:
      let bits = try unpacked(
        source.elements(of: UInt8.self), width: width ?? type.bitWidth, count: shape.elementCount ?? .max)
      if let format = type.smallFloat {
        return try Tensor(shape, type, reals: bits.map { S(format.value(ofBits: UInt16($0))) })
      }
      return try Tensor(shape, type, integers: bits.map { type.wrapped(Int64($0)) })
    }
  }

  /// The elements of packed bytes, the first in the lowest bits.
  private static func unpacked(_ bytes: [UInt8], width: Int, count: Int) throws -> [UInt8] {
    guard bytes.count >= (count.multipliedClamped(by: width).addingClamped(7)) / 8 else {
      throw ComputationFailure("a tensor holds \(bytes.count) bytes, too few for \(count) elements")
    }
    let mask = UInt16(1 << width) - 1
    return (0..<count).map { index in
      let (byte, bit) = (index * width / 8, index * width % 8)
      // An element of 6 bits may go on in the next byte.
      let next: UInt16 = bit + width > 8 ? UInt16(bytes[byte + 1]) << 8 : 0
      return UInt8((UInt16(bytes[byte]) | next) >> UInt16(bit) & mask)
    }
  }
}
