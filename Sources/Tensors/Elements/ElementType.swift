/// What the elements of a tensor are, in any format.
public enum ElementType: String, Codable, Hashable, Sendable {
  case float64, float32, float16, bfloat16
  case float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz, float8e8m0
  case float6e2m3, float6e3m2, float4e2m1
  case int64, int32, int16, int8, int4, int2
  case uint64, uint32, uint16, uint8, uint4, uint2
  case bool, string
}

extension ElementType {
  /// Whether elements are rounded real numbers.
  public var isReal: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz,
      .float8e8m0, .float6e2m3, .float6e3m2, .float4e2m1:
      true
    default: false
    }
  }

  /// Whether elements are whole numbers.
  public var isInteger: Bool { !isReal && self != .bool && self != .string }

  /// Whether elements are whole numbers and never negative.
  public var isUnsigned: Bool {
    switch self {
    case .uint64, .uint32, .uint16, .uint8, .uint4, .uint2: true
    default: false
    }
  }

  /// The number of bits of one element; 0 for text.
  public var bitWidth: Int {
    switch self {
    case .float64, .int64, .uint64: 64
    case .float32, .int32, .uint32: 32
    case .float16, .bfloat16, .int16, .uint16: 16
    case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0, .int8, .uint8, .bool: 8
    case .float6e2m3, .float6e3m2: 6
    case .float4e2m1, .int4, .uint4: 4
    case .int2, .uint2: 2
    case .string: 0
    }
  }

  /// The least integer of the kind, as its bits in an `Int64`.
  public var leastInteger: Int64 { isUnsigned ? 0 : -1 << Int64(bitWidth - 1) }

  /// The greatest integer of the kind; for `uint64` what an `Int64` can hold.
  public var greatestInteger: Int64 {
    bitWidth == 64 ? .max : 1 << Int64(isUnsigned ? bitWidth : bitWidth - 1) - 1
  }
}

extension ElementType {
  /// The format of a real type of 8 bits or less, but for the one without a fraction.
  package var smallFloat: SmallFloat? {
    switch self {
    case .float8e4m3fn: .e4m3fn
    case .float8e4m3fnuz: .e4m3fnuz
    case .float8e5m2: .e5m2
    case .float8e5m2fnuz: .e5m2fnuz
    case .float6e2m3: .e2m3
    case .float6e3m2: .e3m2
    case .float4e2m1: .e2m1
    default: nil
    }
  }

  /// An integer as the type stores it: its lowest bits, with the sign that they then have.
  package func wrapped(_ integer: Int64) -> Int64 {
    guard bitWidth < 64 else { return integer }
    let shift = Int64(64 - bitWidth)
    let top = integer << shift
    return isUnsigned ? Int64(bitPattern: UInt64(bitPattern: top) >> UInt64(shift)) : top >> shift
  }
}
