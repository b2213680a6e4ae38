/// A floating-point type that weights are stored in; the raw value is its name in messages and reports.
package enum StorageType: String, Hashable, Sendable {
  case float16
  case bfloat16
  case float32
  case float64

  /// The bytes of one element.
  package var byteWidth: Int {
    switch self {
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64: 8
    }
  }

  /// The bits of a normal number's significand, the leading one included.
  package var significandBits: Int {
    switch self {
    case .float16: 11
    case .bfloat16: 8
    case .float32: 24
    case .float64: 53
    }
  }

  /// The exponent of the least normal number.
  package var leastExponent: Int {
    switch self {
    case .float16: -14
    case .bfloat16, .float32: -126
    case .float64: -1022
    }
  }

  /// The largest finite number.
  package var largestFinite: Double {
    switch self {
    case .float16: 65504
    case .bfloat16: 0x1.FEp127
    case .float32: Double(Float.greatestFiniteMagnitude)
    case .float64: .greatestFiniteMagnitude
    }
  }

  /// The least positive normal number.
  package var leastNormal: Double { Double(sign: .plus, exponent: leastExponent, significand: 1) }

  /// The distance between neighbouring numbers around a value: the value of its last place.
  package func ulp(of value: Double) -> Double {
    let exponent = value == 0 || !value.isFinite ? leastExponent : max(Int(value.exponent), leastExponent)
    return Double(sign: .plus, exponent: exponent - significandBits + 1, significand: 1)
  }

  /// Whether numbers have 16 bits.
  package var isHalf: Bool { self == .float16 || self == .bfloat16 }

  /// Whether a scale is so small that the products of usual weights, above 2⁻⁸, may not be normal numbers.
  func mayLackDigits(_ scale: Double) -> Bool { isHalf && scale != 0 && scale < 0x1p8 * leastNormal }
}
