/// A floating-point format of 16 bits or less, by its parameters.
///
/// Sources: IEEE 754 for binary16; the OCP formats E4M3, E5M2, E2M1, E2M3, E3M2 and E8M0; their variants with one
/// zero and one NaN ("FNUZ").
package struct SmallFloat: Sendable {
  let exponentBits: Int
  let fractionBits: Int
  let bias: Int
  let greatest: Double
  let hasInfinity: Bool
  let hasNaN: Bool
  /// Whether there is no negative zero, whose bits stand for NaN.
  let hasOneZero: Bool

  package static let float16 = SmallFloat(5, 10, bias: 15, greatest: 65504, hasInfinity: true)
  package static let bfloat16 = SmallFloat(8, 7, bias: 127, greatest: 0x1.FEp127, hasInfinity: true)
  package static let e4m3fn = SmallFloat(4, 3, bias: 7, greatest: 448)
  package static let e4m3fnuz = SmallFloat(4, 3, bias: 8, greatest: 240, hasOneZero: true)
  package static let e5m2 = SmallFloat(5, 2, bias: 15, greatest: 57344, hasInfinity: true)
  package static let e5m2fnuz = SmallFloat(5, 2, bias: 16, greatest: 57344, hasOneZero: true)
  package static let e2m3 = SmallFloat(2, 3, bias: 1, greatest: 7.5, hasNaN: false)
  package static let e3m2 = SmallFloat(3, 2, bias: 3, greatest: 28, hasNaN: false)
  package static let e2m1 = SmallFloat(2, 1, bias: 1, greatest: 6, hasNaN: false)

  private init(
    _ exponentBits: Int, _ fractionBits: Int, bias: Int, greatest: Double, hasInfinity: Bool = false,
    hasNaN: Bool = true, hasOneZero: Bool = false
  ) {
    self.exponentBits = exponentBits
    self.fractionBits = fractionBits
    self.bias = bias
    self.greatest = greatest
    self.hasInfinity = hasInfinity
    self.hasNaN = hasNaN
    self.hasOneZero = hasOneZero
  }

  /// The number that the bits stand for.
  package func value(ofBits bits: UInt16) -> Double {
    let sign = bits >> UInt16(exponentBits + fractionBits) & 1
    if hasOneZero, bits == 1 << UInt16(exponentBits + fractionBits) { return .nan }
    let top = (1 << exponentBits) - 1
    let exponent = Int(bits >> UInt16(fractionBits)) & top
    let fraction = Int(bits) & ((1 << fractionBits) - 1)
    if exponent == top, hasInfinity { return fraction > 0 ? .nan : sign == 0 ? .infinity : -.infinity }
    if exponent == top, hasNaN, !hasOneZero, fraction == (1 << fractionBits) - 1 { return .nan }
    let significand = exponent == 0 ? fraction : fraction + 1 << fractionBits
    let magnitude = Double(
      sign: .plus, exponent: max(exponent, 1) - bias - fractionBits, significand: Double(significand))
    return sign == 0 ? magnitude : -magnitude
  }

  /// The nearest number of the format, ties to even; NaN becomes 0 where the format has none.
  ///
  /// - Parameter saturates: Whether what is too large, infinity too, becomes the greatest number rather than
  ///   infinity or NaN.
  package func rounded(_ x: Double, saturates: Bool) -> Double {
    guard !x.isNaN else { return hasNaN ? x : 0 }
    var result = x
    if x.isFinite, x != 0 {
      let exponent = max(Int(x.exponent), 1 - bias)
      let quantum = Double(sign: .plus, exponent: exponent - fractionBits, significand: 1)
      result = (x / quantum).rounded(.toNearestOrEven) * quantum
    }
    if abs(result) > greatest {
      let bound: Double = saturates || !hasNaN ? greatest : hasInfinity ? .infinity : .nan
      result = x < 0 ? -bound : bound
    }
    return hasOneZero && result == 0 ? 0 : result
  }
}
