import Testing

@testable import BatchNormFolding

@Suite struct BiasMultipleTests {
  @Test(arguments: [(7, 14), (7.2, 14), (7.3, 15), (-7.2, -14), (-7.3, -15), (0, 0), (0.2, 0), (-0.2, 0)])
  func `is the whole multiple of a step that is nearest to a number`(number: Double, count: Int32) throws {
    let multiple = try #require(BiasMultiple(nearest: DoubleDouble(number), step: 0.5))
    #expect(multiple.count == count && multiple.step == 0.5 && multiple.value == Double(count) / 2)
  }

  @Test(arguments: [(0.25, 0), (0.75, 2), (1.25, 2), (1.75, 4), (-0.25, 0), (-0.75, -2), (-1.25, -2)])
  func `is the even one where two are as near`(number: Double, count: Int32) {
    #expect(BiasMultiple(nearest: DoubleDouble(number), step: 0.5)?.count == count)
  }

  @Test func `the sign of the step does not matter`() {
    let (positive, negative) = (
      BiasMultiple(nearest: DoubleDouble(-7), step: 0.5), BiasMultiple(nearest: DoubleDouble(-7), step: -0.5)
    )
    #expect(positive?.count == -14 && negative?.count == -14 && negative?.step == 0.5)
  }

  /// 2⁻¹⁵⁰ is the middle between 0 and the least float32 number, and 2¹²⁸ is past the largest.
  @Test(arguments: [0, -0.0, 0x1p-150, 1e-60, 0x1p128, -1e60, .infinity, .nan])
  func `there is none of a step that float32 holds as 0, or not at all`(step: Double) {
    #expect(
      BiasMultiple(nearest: DoubleDouble(0), step: step) == nil
        && BiasMultiple(nearest: DoubleDouble(1), step: step) == nil)
  }

  @Test(
    arguments: [
      (0x1p31 - 1, .max), (0x1p31 - 0.75, .max), (0x1p31 - 0.5, nil), (0x1p31, nil), (-0x1p31, .min),
      (-0x1p31 - 0.5, .min), (-0x1p31 - 0.75, nil), (1e300, nil), (.infinity, nil), (-.infinity, nil), (.nan, nil),
    ] as [(Double, Int32?)])
  func `counts as far as 32 bits go`(number: Double, count: Int32?) {
    #expect(BiasMultiple(nearest: DoubleDouble(number), step: 1)?.count == count)
  }

  /// Of steps of 1 + 2⁻³⁰ there would be 2³⁰ in the number; float32 makes them 1.
  @Test func `is a multiple of the step as float32 holds it`() {
    let multiple = BiasMultiple(nearest: DoubleDouble(0x1p30 + 1), step: 1 + 0x1p-30)
    #expect(multiple?.step == 1 && multiple?.count == 0x4000_0001)
  }

  @Test func `no other multiple is nearer`() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      let (number, step) = (generator.single(exponents: -8...8), generator.double(exponents: -20 ... -10))
      let multiple = try #require(BiasMultiple(nearest: DoubleDouble(number), step: step))
      let stored = Dyadic(multiple.step)
      let rest = (Dyadic(number) - Dyadic(Double(multiple.count)) * stored).magnitude
      // The quotient is rounded to a double before it is rounded to a whole number.
      #expect(rest <= stored * (Dyadic(0.5) + Dyadic.power(-24)))
      #expect(NumberFormat(.float32).isCorrect(multiple.step) { (Dyadic(step).magnitude - $0).sign })
    }
  }

  /// What reads it makes a float32 number of the count, and multiplies two of them.
  @Test func `its value is what a runtime reads, rounded twice`() throws {
    let single = NumberFormat(.float32)
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<200 {
      let step = generator.single(exponents: -10 ... -5)
      let multiple = try #require(BiasMultiple(nearest: DoubleDouble(generator.double(exponents: 15...20)), step: step))
      let count = Double(Float(multiple.count))
      #expect(single.isCorrect(count) { (Dyadic(Double(multiple.count)) - $0).sign })
      #expect(single.isCorrect(multiple.value) { (Dyadic(count) * Dyadic(step).magnitude - $0).sign })
    }
    // 2²⁴ + 1 is in the middle of two float32 numbers, of which 2²⁴ is the even one.
    #expect(BiasMultiple(nearest: DoubleDouble(0x1p24 + 1), step: 1)?.value == 0x1p24)
    #expect(BiasMultiple(nearest: DoubleDouble(0x1p24 + 1), step: 1)?.count == 0x100_0001)
  }
}
