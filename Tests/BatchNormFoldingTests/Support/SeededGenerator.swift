/// Numbers that look random and are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension SeededGenerator {
  /// A double with random bits and an exponent in a range; either sign.
  mutating func double(exponents: ClosedRange<Int>) -> Double {
    let sign: FloatingPointSign = Bool.random(using: &self) ? .minus : .plus
    let exponent = Int.random(in: exponents, using: &self)
    let significand = 1 + Double(UInt64.random(in: 0..<1 << 52, using: &self)) * 0x1p-52
    return Double(sign: sign, exponent: exponent, significand: significand)
  }

  /// A float32 with random bits and an exponent in a range, widened; either sign.
  mutating func single(exponents: ClosedRange<Int>) -> Double {
    let sign: FloatingPointSign = Bool.random(using: &self) ? .minus : .plus
    let exponent = Int.random(in: exponents, using: &self)
    let significand = 1 + Double(UInt64.random(in: 0..<1 << 23, using: &self)) * 0x1p-23
    return Double(sign: sign, exponent: exponent, significand: significand)
  }

  /// A whole number with a given number of bits, odd.
  mutating func oddNumber(bits: Int) -> UInt64 {
    UInt64.random(in: (1 << UInt64(bits - 1))..<(1 << UInt64(bits)), using: &self) | 1
  }
}
