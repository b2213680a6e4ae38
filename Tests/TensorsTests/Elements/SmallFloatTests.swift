import Testing

@testable import Tensors

@Suite struct SmallFloatTests {
  struct Format: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let format: SmallFloat
    let bits: Int
    let greatest: Double
    let least: Double
    /// What too large a number becomes where it does not saturate.
    let beyond: Double
    let nanCount: Int
  }

  static let formats = [
    Format(
      testDescription: "E4M3FN", format: .e4m3fn, bits: 8, greatest: 448, least: 0x1p-9, beyond: .nan, nanCount: 2),
    Format(
      testDescription: "E4M3FNUZ", format: .e4m3fnuz, bits: 8, greatest: 240, least: 0x1p-10, beyond: .nan,
      nanCount: 1),
    Format(
      testDescription: "E5M2", format: .e5m2, bits: 8, greatest: 57344, least: 0x1p-16, beyond: .infinity, nanCount: 6),
    Format(
      testDescription: "E5M2FNUZ", format: .e5m2fnuz, bits: 8, greatest: 57344, least: 0x1p-17, beyond: .nan,
      nanCount: 1),
    Format(
      testDescription: "E2M3", format: .e2m3, bits: 6, greatest: 7.5, least: 0.125, beyond: 7.5, nanCount: 0),
    Format(
      testDescription: "E3M2", format: .e3m2, bits: 6, greatest: 28, least: 0.0625, beyond: 28, nanCount: 0),
    Format(testDescription: "E2M1", format: .e2m1, bits: 4, greatest: 6, least: 0.5, beyond: 6, nanCount: 0),
    Format(
      testDescription: "float16", format: .float16, bits: 16, greatest: 65504, least: 0x1p-24, beyond: .infinity,
      nanCount: 2046),
    Format(
      testDescription: "bfloat16", format: .bfloat16, bits: 16, greatest: 0x1.FEp127, least: 0x1p-133,
      beyond: .infinity, nanCount: 254),
  ]

  @Test(arguments: formats)
  func `every code rounds to itself`(_ test: Format) {
    let numbers = (0..<(1 << test.bits)).map { test.format.value(ofBits: UInt16($0)) }
    #expect(numbers.count { $0.isNaN } == test.nanCount)
    let finite = numbers.filter { $0.isFinite }
    #expect(finite.max() == test.greatest && finite.min() == -test.greatest)
    #expect(finite.filter { $0 > 0 }.min() == test.least)
    for number in numbers {
      let rounded = test.format.rounded(number, saturates: false)
      #expect(rounded == number || rounded.isNaN && number.isNaN)
    }
  }

  @Test(arguments: formats.filter { $0.bits <= 8 })
  func `what lies between two codes goes to the nearer, and half way to the even one`(_ test: Format) {
    let half = 1 << (test.bits - 1)
    let numbers = (0..<half).map { test.format.value(ofBits: UInt16($0)) }
    for code in 0..<(half - 1) where numbers[code + 1].isFinite {
      let (low, high) = (numbers[code], numbers[code + 1])
      let middle = (low + high) / 2
      for sign in [1.0, -1] {
        #expect(test.format.rounded(sign * middle, saturates: false) == sign * (code % 2 == 0 ? low : high))
        #expect(test.format.rounded(sign * middle.nextDown, saturates: false) == sign * low)
        #expect(test.format.rounded(sign * middle.nextUp, saturates: false) == sign * high)
      }
    }
  }

  @Test(arguments: formats)
  func `what is too large saturates or does not`(_ test: Format) {
    for number in [test.greatest * 1.5, .infinity] {
      #expect(test.format.rounded(number, saturates: true) == test.greatest)
      #expect(test.format.rounded(-number, saturates: true) == -test.greatest)
      let beyond = test.format.rounded(number, saturates: false)
      #expect(beyond == test.beyond || beyond.isNaN && test.beyond.isNaN)
    }
  }

  @Test(arguments: formats)
  func `NaN stays where there is one and is 0 where not`(_ test: Format) {
    let rounded = test.format.rounded(.nan, saturates: true)
    #expect(test.nanCount > 0 ? rounded.isNaN : rounded == 0)
  }

  @Test func `a format with one zero has no negative one`() {
    #expect(SmallFloat.e4m3fnuz.rounded(-0.0, saturates: true).sign == .plus)
    #expect(SmallFloat.e4m3fnuz.rounded(-1e-9, saturates: true).sign == .plus)
    #expect(SmallFloat.e4m3fn.rounded(-1e-9, saturates: true).sign == .minus)
  }

  @Test(
    arguments: [
      (.e4m3fn, 0x38, 1), (.e4m3fn, 0x7E, 448), (.e4m3fn, 0x01, 0x1p-9), (.e4m3fnuz, 0x40, 1), (.e5m2, 0x3C, 1),
      (.e5m2, 0x7C, .infinity), (.e5m2, 0xFC, -.infinity), (.e5m2fnuz, 0x40, 1), (.e2m1, 0x7, 6), (.e2m1, 0x9, -0.5),
      (.e2m3, 0x08, 1), (.e3m2, 0x0C, 1), (.float16, 0x3C00, 1), (.bfloat16, 0x3F80, 1),
    ] as [(SmallFloat, UInt16, Double)])
  func `codes stand for what their standards say`(format: SmallFloat, bits: UInt16, expected: Double) {
    #expect(format.value(ofBits: bits) == expected)
  }
}
