/// A binary number with a significand of 576 bits and an exponent without bounds, for what `DoubleDouble` cannot
/// decide.
///
/// Results are cut off, not rounded: each operation is off by less than 2⁻⁵⁷⁰ of its result, a difference by
/// that of its larger operand.
struct WideFloat: Equatable, Sendable {
  private static let limbCount = 9
  private static let bitCount = limbCount * 64

  private(set) var isNegative = false

  /// The exponent of the last bit.
  private var exponent = 0

  /// Least significant first, the highest bit set; empty for 0.
  private var limbs: [UInt64] = []

  private init() {}

  init(_ value: Double) {
    precondition(value.isFinite, "a wide number must be finite")
    guard value != 0 else { return }
    isNegative = value < 0
    exponent = Int(value.exponent) - (Self.bitCount - 1)
    limbs = Array(repeating: 0, count: Self.limbCount)
    limbs[Self.limbCount - 1] = UInt64(value.significand * 0x1p63)
  }

  private init(isNegative: Bool, exponent: Int, limbs: [UInt64]) {
    self.isNegative = isNegative
    self.exponent = exponent
    self.limbs = limbs
  }

  /// The exponent of the leading bit, nil for 0.
  var leadingExponent: Int? { limbs.isEmpty ? nil : exponent + Self.bitCount - 1 }

  var magnitude: WideFloat { WideFloat(isNegative: false, exponent: exponent, limbs: limbs) }

  /// The value as a double, cut off; only for starting points.
  var leading: Double {
    limbs.last.map { Double($0) * 0x1p-63 } ?? 0
  }

  static prefix func - (value: WideFloat) -> WideFloat {
    WideFloat(isNegative: !value.isNegative, exponent: value.exponent, limbs: value.limbs)
  }

  static func - (a: WideFloat, b: WideFloat) -> WideFloat { a + -b }

  static func + (a: WideFloat, b: WideFloat) -> WideFloat {
    guard !a.limbs.isEmpty else { return b }
    guard !b.limbs.isEmpty else { return a }
    let aIsLarger = isLarger(a, b)
    let (large, small) = aIsLarger ? (a, b) : (b, a)
    let shifted = shiftRight(small.limbs, by: large.exponent - small.exponent)
    var limbs = large.limbs
    var carry: UInt64 = 0
    if large.isNegative == small.isNegative {
      for index in limbs.indices {
        let (first, overflow) = limbs[index].addingReportingOverflow(shifted[index])
        let (second, again) = first.addingReportingOverflow(carry)
        limbs[index] = second
        carry = overflow || again ? 1 : 0
      }
      guard carry == 1 else { return WideFloat(isNegative: large.isNegative, exponent: large.exponent, limbs: limbs) }
      limbs = shiftRight(limbs, by: 1)
      limbs[limbCount - 1] |= 1 << 63
      return WideFloat(isNegative: large.isNegative, exponent: large.exponent + 1, limbs: limbs)
    }
    for index in limbs.indices {
      let (first, overflow) = limbs[index].subtractingReportingOverflow(shifted[index])
      let (second, again) = first.subtractingReportingOverflow(carry)
      limbs[index] = second
      carry = overflow || again ? 1 : 0
    }
    return normalized(isNegative: large.isNegative, exponent: large.exponent, limbs: limbs)
  }

  static func * (a: WideFloat, b: WideFloat) -> WideFloat {
    guard !a.limbs.isEmpty, !b.limbs.isEmpty else { return WideFloat() }
    var product = Array(repeating: UInt64(0), count: 2 * limbCount)
    for (i, x) in a.limbs.enumerated() where x != 0 {
      var carry: UInt64 = 0
      for (j, y) in b.limbs.enumerated() {
        let (high, low) = x.multipliedFullWidth(by: y)
        let (first, overflow) = product[i + j].addingReportingOverflow(low)
        let (second, again) = first.addingReportingOverflow(carry)
        product[i + j] = second
        carry = high + (overflow ? 1 : 0) + (again ? 1 : 0)
      }
      product[i + limbCount] = carry
    }
    let isNegative = a.isNegative != b.isNegative
    var exponent = a.exponent + b.exponent + bitCount
    if product[2 * limbCount - 1] >> 63 == 0 {
      for index in stride(from: 2 * limbCount - 1, to: 0, by: -1) {
        product[index] = product[index] << 1 | product[index - 1] >> 63
      }
      exponent -= 1
    }
    return WideFloat(isNegative: isNegative, exponent: exponent, limbs: Array(product[limbCount...]))
  }

  /// `1 / sqrt(self)` by Newton's iteration, which doubles the right bits each time.
  ///
  /// - Precondition: The value is positive.
  func reciprocalSquareRoot() -> WideFloat {
    guard let leadingExponent, !isNegative else { preconditionFailure("a root's argument must be positive") }
    let half = leadingExponent >> 1
    let isOdd = leadingExponent & 1 == 1
    var root = WideFloat(1 / (leading * (isOdd ? 2 : 1)).squareRoot()).scaled(by: -half)
    let three = WideFloat(3)
    for _ in 0..<5 { root = (root * (three - self * root * root)).scaled(by: -1) }
    return root
  }

  /// `1 / self`.
  ///
  /// - Precondition: The value is not 0.
  func reciprocal() -> WideFloat {
    let root = magnitude.reciprocalSquareRoot()
    return isNegative ? -(root * root) : root * root
  }

  /// The value times a power of two.
  func scaled(by power: Int) -> WideFloat {
    WideFloat(isNegative: isNegative, exponent: exponent + power, limbs: limbs)
  }

  /// Where a fraction lies against one half.
  enum Half { case below, tie, above }

  /// The whole multiples of `2^unit` in a positive value, and where the rest lies against half of it.
  ///
  /// - Precondition: The whole part has at most 63 bits.
  func split(atExponent unit: Int, tolerance: Int) -> (whole: UInt64, half: Half) {
    let shifted = limbs.isEmpty ? limbs : Self.shiftRight(limbs, by: min(unit - exponent, Self.bitCount))
    let whole = shifted.first ?? 0
    let midpoint = (WideFloat(Double(whole >> 32) * 0x1p32) + WideFloat(Double(whole & 0xFFFF_FFFF)) + WideFloat(0.5))
      .scaled(by: unit)
    let distance = self - midpoint
    guard let exponent = distance.leadingExponent, exponent > tolerance else { return (whole, .tie) }
    return (whole, distance.isNegative ? .below : .above)
  }

  private static func isLarger(_ a: WideFloat, _ b: WideFloat) -> Bool {
    if a.exponent != b.exponent { return a.exponent > b.exponent }
    for index in stride(from: limbCount - 1, through: 0, by: -1) where a.limbs[index] != b.limbs[index] {
      return a.limbs[index] > b.limbs[index]
    }
    return true
  }

  private static func normalized(isNegative: Bool, exponent: Int, limbs: [UInt64]) -> WideFloat {
    guard let top = limbs.lastIndex(where: { $0 != 0 }) else { return WideFloat() }
    let shift = (limbCount - 1 - top) * 64 + limbs[top].leadingZeroBitCount
    var result = Array(repeating: UInt64(0), count: limbCount)
    let (words, bits) = (shift / 64, shift % 64)
    for index in words..<limbCount {
      result[index] = limbs[index - words] << UInt64(bits)
      if bits > 0, index > words { result[index] |= limbs[index - words - 1] >> UInt64(64 - bits) }
    }
    return WideFloat(isNegative: isNegative, exponent: exponent - shift, limbs: result)
  }

  private static func shiftRight(_ limbs: [UInt64], by shift: Int) -> [UInt64] {
    guard shift > 0 else { return limbs }
    var result = Array(repeating: UInt64(0), count: limbCount)
    let (words, bits) = (shift / 64, shift % 64)
    guard words < limbCount else { return result }
    for index in 0..<(limbCount - words) {
      result[index] = limbs[index + words] >> UInt64(bits)
      if bits > 0, index + words + 1 < limbCount { result[index] |= limbs[index + words + 1] << UInt64(64 - bits) }
    }
    return result
  }
}

extension WideFloat {
  /// The nearest double but for its last place; infinite or 0 beyond the doubles.
  var approximation: Double {
    guard let leadingExponent else { return 0 }
    guard leadingExponent <= 1023 else { return isNegative ? -.infinity : .infinity }
    let size = Double(sign: .plus, exponent: max(leadingExponent, -1074), significand: leading)
    return leadingExponent < -1074 ? 0 : isNegative ? -size : size
  }

  /// The nearest unevaluated sum of two doubles, where those neither overflow nor underflow.
  var doubleDouble: DoubleDouble {
    let hi = StorageType.float64.rounded(self, tolerance: .min)
    guard hi.isFinite else { return DoubleDouble(hi) }
    return DoubleDouble(hi: hi, lo: StorageType.float64.rounded(self - WideFloat(hi), tolerance: .min))
  }
}
