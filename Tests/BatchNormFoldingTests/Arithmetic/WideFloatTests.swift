import Testing

@testable import BatchNormFolding

@Suite struct WideFloatTests {
  private static let numbers: [Double] = [
    1, -1, 3, 0.1, -1e10, 1e-10, 0x1.fffffffffffffp0, 0x1p52 + 1, .greatestFiniteMagnitude, .leastNormalMagnitude,
    .leastNonzeroMagnitude, -3 * .leastNonzeroMagnitude,
  ]

  @Test(arguments: numbers + [0])
  func `holds every double and gives it back`(value: Double) {
    #expect(WideFloat(value).approximation == value)
    #expect(WideFloat(value).leadingExponent == (value == 0 ? nil : Int(value.exponent)))
    #expect((-WideFloat(value)).approximation == -value)
    #expect(WideFloat(value).magnitude.approximation == abs(value))
  }

  @Test(arguments: numbers, [1, -7, 0x1p-200, 1e17] as [Double])
  func `what is added and taken away again leaves the number`(a: Double, b: Double) {
    guard abs(Int(a.exponent) - Int(b.exponent)) < 500 else {
      // Too far apart for the significand: the smaller one is cut off.
      let (large, small) = abs(a) > abs(b) ? (a, b) : (b, a)
      let distance = (WideFloat(large) + WideFloat(small) - WideFloat(large)).leadingExponent
      #expect(distance ?? -3000 <= Int(large.exponent) - 570)
      return
    }
    let (x, y) = (WideFloat(a), WideFloat(b))
    #expect(x + y - y == x)
    #expect(x - y + y == x)
    #expect(x + y == y + x)
    #expect(x - x == WideFloat(0))
  }

  @Test func `adds and multiplies without error where the result fits`() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      let (a, b) = (WideFloat(generator.double(exponents: -60...60)), WideFloat(generator.double(exponents: -60...60)))
      #expect((a + b) * (a - b) == a * a - b * b)
      #expect((a + b) * (a + b) == a * a + (a * b).scaled(by: 1) + b * b)
      #expect(a * b == b * a)
    }
  }

  @Test func `carries into a new leading bit`() {
    let ones = WideFloat(0x1p53 - 1)
    #expect(ones + WideFloat(1) == WideFloat(0x1p53))
    #expect(ones * ones == WideFloat(0x1p106) - WideFloat(0x1p54) + WideFloat(1))
    #expect((WideFloat(1) - WideFloat(0x1p-500)).leadingExponent == -1)
    #expect(WideFloat(1) - WideFloat(0x1p-500) + WideFloat(0x1p-500) == WideFloat(1))
  }

  @Test func `zero is neutral to addition and swallows products`() {
    let (zero, value) = (WideFloat(0), WideFloat(-0.1))
    #expect(zero + value == value && value + zero == value && value - zero == value)
    #expect((zero * value).leadingExponent == nil)
    #expect((value * zero).approximation == 0)
  }

  @Test(
    arguments: [1, 2, 3, 0.1, 1e-5, 4, 0x1p101, 0x1p-1074, .greatestFiniteMagnitude, 0x1.fffffffffffffp0] as [Double])
  func `the reciprocal root times itself and the number is 1 but for the last bits`(value: Double) {
    let root = WideFloat(value).reciprocalSquareRoot()
    let error = root * root * WideFloat(value) - WideFloat(1)
    #expect(error.leadingExponent ?? -576 <= -560)
  }

  @Test(arguments: [1, 4, 0.25, 0x1p100] as [Double])
  func `the reciprocal root of a square is exact but for the last bits`(square: Double) {
    let error = WideFloat(square).reciprocalSquareRoot() - WideFloat(1 / square.squareRoot())
    #expect((error.leadingExponent ?? -2000) <= Int((1 / square.squareRoot()).exponent) - 560)
  }

  @Test func `a power of two only moves the exponent`() {
    #expect(WideFloat(3).scaled(by: 2000).leadingExponent == 2001)
    #expect(WideFloat(3).scaled(by: 2000).scaled(by: -2001) == WideFloat(1.5))
  }

  @Test func `is infinite or 0 as a double beyond the doubles`() {
    #expect(WideFloat(1).scaled(by: 1024).approximation == .infinity)
    #expect(WideFloat(-1).scaled(by: 5000).approximation == -.infinity)
    #expect(WideFloat(1).scaled(by: -1075).approximation == 0)
    #expect(WideFloat(1).scaled(by: -1074).approximation == .leastNonzeroMagnitude)
  }

  @Test(arguments: [0, 1, 2, 3, 1023, 1 << 24 + 1, (1 << 53) - 1] as [UInt64], [-40, 0, 17])
  func `splits a number into whole units and what lies below, on or above one half`(whole: UInt64, unit: Int) {
    let base = WideFloat(Double(whole)).scaled(by: unit)
    let half = WideFloat(0.5).scaled(by: unit)
    let tiny = WideFloat(1).scaled(by: unit - 300)
    func split(_ value: WideFloat, tolerance: Int = unit - 400) -> (UInt64, WideFloat.Half) {
      value.split(atExponent: unit, tolerance: tolerance)
    }
    #expect(split(base + half) == (whole, .tie))
    #expect(split(base + half + tiny) == (whole, .above))
    #expect(split(base + half - tiny) == (whole, .below))
    #expect(split(base + tiny) == (whole, .below))
    #expect(split(base + half + half - tiny) == (whole, .above))
    #expect(split(base + half + tiny, tolerance: unit - 200) == (whole, .tie))
    #expect(split(base + half - tiny, tolerance: unit - 200) == (whole, .tie))
  }

  @Test func `takes finite numbers and positive roots only`() async {
    await #expect(processExitsWith: .failure) { _ = WideFloat(.infinity) }
    await #expect(processExitsWith: .failure) { _ = WideFloat(.nan) }
    await #expect(processExitsWith: .failure) { _ = WideFloat(0).reciprocalSquareRoot() }
    await #expect(processExitsWith: .failure) { _ = WideFloat(-2).reciprocalSquareRoot() }
  }
}
