import Testing

@testable import BatchNormFolding

/// Exactness and error bounds, measured with exact numbers in units of u² = 2⁻¹⁰⁶.
@Suite struct DoubleDoubleTests {
  private static let samples = 400

  /// Distances between the exponents of two operands.
  private static let gaps = [0, 1, 30, 52, 53, 54, 100, 300]

  @Test(arguments: gaps)
  func `the sum of two doubles is exact and its first half is the rounded sum`(gap: Int) {
    expectAll(seed: 1) { generator in
      let (a, b) = (generator.double(exponents: -100...100), generator.double(exponents: -100 - gap...100 - gap))
      let sum = DoubleDouble(sum: a, b)
      return exact(sum) == Dyadic(a) + Dyadic(b) && sum.hi == a + b
    }
  }

  @Test func `the product of two doubles is exact and its first half is the rounded product`() {
    expectAll(seed: 2) { generator in
      let (a, b) = (generator.double(exponents: -300...300), generator.double(exponents: -300...300))
      let product = DoubleDouble(product: a, b)
      return exact(product) == Dyadic(a) * Dyadic(b) && product.hi == a * b
    }
  }

  @Test(arguments: gaps)
  func `a sum is off by less than 3u² and 13u³`(gap: Int) {
    expectAll(seed: 3) { generator in
      let (a, b) = (pair(-100...100, &generator), pair(-100 - gap...100 - gap, &generator))
      let sum = exact(a) + exact(b)
      return error(exact(a + b) - sum, isBelow: 3, of: sum, and: Dyadic(13) * .power(-159) * sum.magnitude)
    }
  }

  @Test func `a sum is as exact where its operands cancel`() {
    expectAll(seed: 4) { generator in
      let a = pair(0...0, &generator)
      let b = -DoubleDouble(sum: a.hi, generator.double(exponents: -80...(-40)))
      let sum = exact(a) + exact(b)
      return error(exact(a + b) - sum, isBelow: 3, of: sum, and: Dyadic(13) * .power(-159) * sum.magnitude)
    }
  }

  @Test func `a difference is the sum with the other sign`() {
    expectAll(seed: 5) { generator in
      let (a, b) = (pair(-10...10, &generator), pair(-10...10, &generator))
      return a - b == a + -b && (a - a) == DoubleDouble(0)
    }
  }

  @Test func `a product is off by less than 5u²`() {
    expectAll(seed: 6) { generator in
      let (a, b) = (pair(-200...200, &generator), pair(-200...200, &generator))
      let product = exact(a) * exact(b)
      return error(exact(a * b) - product, isBelow: 5, of: product)
    }
  }

  @Test func `a quotient is off by less than 10u²`() {
    expectAll(seed: 7) { generator in
      let (a, b) = (pair(-200...200, &generator), pair(-200...200, &generator))
      return error(exact(a / b) * exact(b) - exact(a), isBelow: 10, of: exact(a))
    }
  }

  @Test func `a square root is off by less than 4u²`() {
    expectAll(seed: 8) { generator in
      let value = pair(-200...200, &generator).magnitude
      let root = exact(value.squareRoot()).squared
      let (low, high) = (Dyadic(1) - Dyadic(4) * .power(-106), Dyadic(1) + Dyadic(4) * .power(-106))
      return low.squared * exact(value) < root && root < high.squared * exact(value)
    }
  }

  @Test func `what two doubles hold exactly comes out exactly`() {
    expectAll(seed: 9) { generator in
      let (a, b) = (Double(generator.oddNumber(bits: 40)), Double(generator.oddNumber(bits: 50)))
      let product = DoubleDouble(product: a, b)
      return product / DoubleDouble(b) == DoubleDouble(a)
        && DoubleDouble(product: b, b).squareRoot() == DoubleDouble(b)
        && DoubleDouble(a) * DoubleDouble(b) == product
        && DoubleDouble(a) + DoubleDouble(b * 0x1p-80) == DoubleDouble(sum: a, b * 0x1p-80)
    }
  }

  @Test func `magnitude drops the sign of both halves`() {
    let value = DoubleDouble(sum: -1, 0x1p-70)
    #expect(value.magnitude == DoubleDouble(sum: 1, -0x1p-70))
    #expect(value.magnitude.magnitude == value.magnitude)
  }

  @Test func `zero and what is not finite pass through in the first half`() {
    let (zero, one, infinity) = (DoubleDouble(0), DoubleDouble(1), DoubleDouble(.infinity))
    #expect((zero * one).hi == 0 && (zero * one).lo == 0)
    #expect((zero / one).hi == 0 && (one / infinity).hi == 0)
    #expect((infinity * one).hi == .infinity && (one / zero).hi == .infinity)
    #expect((infinity * zero).hi.isNaN && (zero / zero).hi.isNaN)
    #expect(zero.squareRoot() == zero)
    #expect(infinity.squareRoot().hi == .infinity)
    #expect((-one).squareRoot().hi.isNaN)
    #expect((DoubleDouble(0x1p1000) * DoubleDouble(0x1p1000)).hi == .infinity)
  }

  private func expectAll(
    seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation, _ holds: (inout SeededGenerator) -> Bool
  ) {
    var generator = SeededGenerator(seed: seed)
    let failures = (0..<Self.samples).filter { _ in !holds(&generator) }
    #expect(failures.isEmpty, "it fails for the samples \(failures)", sourceLocation: sourceLocation)
  }

  private func pair(_ exponents: ClosedRange<Int>, _ generator: inout SeededGenerator) -> DoubleDouble {
    let high = generator.double(exponents: exponents)
    return DoubleDouble(sum: high, generator.double(exponents: -60...(-54)) * high)
  }

  private func exact(_ value: DoubleDouble) -> Dyadic { Dyadic(value.hi) + Dyadic(value.lo) }

  private func error(_ error: Dyadic, isBelow units: Double, of value: Dyadic, and rest: Dyadic = Dyadic(0)) -> Bool {
    error.magnitude <= Dyadic(units) * .power(-106) * value.magnitude + rest
  }
}
