import Testing

@testable import FusionReport

@Suite struct LogarithmTests {
  @Test func `powers of ten have whole logarithms`() {
    for exponent in -307...308 {
      let found = Logarithm.decimal(Logarithm.power(exponent))
      #expect(abs(found - Double(exponent)) < 1e-12 * max(1, abs(Double(exponent))))
    }
  }

  @Test(arguments: [
    (2, 0.3010299956639812), (0.5, -0.3010299956639812), (5, 0.6989700043360189), (1, 0),
    (Double.leastNonzeroMagnitude, -323.3062153431158),
  ])
  func `other numbers have theirs`(value: Double, expected: Double) {
    #expect(abs(Logarithm.decimal(value) - expected) < 1e-12)
  }
}
