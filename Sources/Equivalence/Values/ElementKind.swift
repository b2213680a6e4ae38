/// What the elements of a tensor are, in any format.
public enum ElementKind: String, Codable, Hashable, Sendable {
  case float64, float32, float16, bfloat16
  case float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz, float8e8m0
  case float6e2m3, float6e3m2, float4e2m1
  case int64, int32, int16, int8, int4, int2
  case uint64, uint32, uint16, uint8, uint4, uint2
  case bool, string
}

extension ElementKind {
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
