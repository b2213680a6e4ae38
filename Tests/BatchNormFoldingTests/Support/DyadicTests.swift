import Testing

/// The oracle has to be right before it may judge.
@Suite struct DyadicTests {
  private let numbers: [Double] = [
    0, 1, -1, 3, -0.1, 1e300, -1e300, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .greatestFiniteMagnitude,
    .leastNormalMagnitude, 0x1p53 - 1,
    0x1p-1022 - 0x1p-1074,
  ]

  @Test func `adds whole numbers of many words as 128-bit integers do`() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<500 {
      let (a, b) = (
        Int64.random(in: .min / 4 ... .max / 4, using: &generator),
        Int64.random(in: .min / 4 ... .max / 4, using: &generator)
      )
      #expect(exact(a) + exact(b) == exact(a + b))
      #expect(exact(a) - exact(b) == exact(a - b))
    }
  }

  @Test func `multiplies as 128-bit integers do`() {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<500 {
      let (a, b) = (
        Int32.random(in: .min ... .max, using: &generator), Int32.random(in: .min ... .max, using: &generator)
      )
      #expect(exact(Int64(a)) * exact(Int64(b)) == exact(Int64(a) * Int64(b)))
    }
  }

  @Test func `obeys the laws of arithmetic whatever the exponents`() {
    for x in numbers {
      for y in numbers {
        let (a, b) = (Dyadic(x), Dyadic(y))
        #expect((a + b).squared == a.squared + b.squared + Dyadic(2) * a * b)
        #expect((a + b) * (a - b) == a.squared - b.squared)
        #expect((a < b) == (x < y))
        #expect((a == b) == (x == y))
      }
    }
  }

  @Test func `knows the exponent of the leading bit`() {
    #expect(numbers.dropFirst().allSatisfy { Dyadic($0).leadingExponent == Int($0.exponent) })
    #expect(Dyadic.power(-3000).leadingExponent == -3000)
    #expect((Dyadic.power(200) - Dyadic.power(-200)).leadingExponent == 199)
    #expect(Dyadic(0).leadingExponent == nil)
  }

  private func exact(_ value: Int64) -> Dyadic {
    let high = Double(value >> 32), low = Double(value & 0xFFFF_FFFF)
    return Dyadic(high) * Dyadic.power(32) + Dyadic(low)
  }
}
