/// Steele, Lea and Flood's generator, "Fast splittable pseudorandom number generators" (2014).
package struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  /// - Parameter state: The same state gives the same numbers.
  package init(state: UInt64) { self.state = state }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// 1 or −1.
  mutating func sign() -> Double { next() >> 63 == 0 ? 1 : -1 }

  /// About normally distributed: twelve uniform numbers, summed, so that no machine's logarithm matters.
  mutating func normal() -> Double {
    (0..<12).reduce(-6.0) { sum, _ in sum + Double(next() >> 11) * 0x1p-53 }
  }
}
