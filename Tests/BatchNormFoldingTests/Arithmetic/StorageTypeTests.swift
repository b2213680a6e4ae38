import Testing

@testable import BatchNormFolding

@Suite struct StorageTypeTests {
  @Test(arguments: NumberFormat.all)
  func `knows the limits of its numbers`(format: NumberFormat) {
    let type = format.storage
    #expect(type.byteWidth * 8 == format.width)
    #expect(type.largestFinite == format.largest)
    #expect(type.ulp(of: 0) == format.leastNonzero)
    #expect(type.leastNormal == format.leastNonzero * Double(UInt64(1) << UInt64(type.significandBits - 1)))
    #expect(type.leastNormal.exponent == type.leastExponent)
  }

  @Test(arguments: NumberFormat.all)
  func `the last place of a number is its distance from the next larger one`(format: NumberFormat) throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<500 {
      let number = format.random(using: &generator)
      let above = try #require(format.neighbours(of: abs(number))).above
      #expect(Dyadic(format.storage.ulp(of: number)) == above - Dyadic(abs(number)))
    }
    #expect(format.storage.ulp(of: .infinity) == format.leastNonzero)
  }

  @Test(arguments: NumberFormat.all.filter { $0.width == 16 })
  func `every number of a half-precision type rounds to itself`(format: NumberFormat) {
    let wrong = (0..<UInt64(1) << 16).map { format.value(ofBits: $0) }.filter { number in
      !number.isNaN && format.storage.rounded(DoubleDouble(number)) != number
    }
    #expect(wrong == [])
  }

  /// The tie goes to the even one, which has the even pattern of bits, and what is off the tie to its side.
  @Test(arguments: NumberFormat.all.filter { $0.width == 16 }, [FloatingPointSign.plus, .minus])
  func `every tie between numbers of a half-precision type goes to the even one`(
    format: NumberFormat, sign: FloatingPointSign
  ) {
    let factor: Double = sign == .plus ? 1 : -1
    var wrong: [UInt64] = []
    for bits in 0..<UInt64(format.storage == .float16 ? 0x7BFF : 0x7F7F) {
      let (low, high) = (factor * format.value(ofBits: bits), factor * format.value(ofBits: bits + 1))
      let middle = (low + high) / 2
      let tiny = (high - low) * 0x1p-60
      let rounded = [DoubleDouble(middle), DoubleDouble(sum: middle, tiny), DoubleDouble(sum: middle, -tiny)]
        .map { format.storage.rounded($0) }
      if rounded != [bits & 1 == 0 ? low : high, high, low] { wrong.append(bits) }
    }
    #expect(wrong == [])
  }

  @Test(arguments: NumberFormat.all.filter { $0.storage != .float64 })
  func `rounds any double as Swift's own conversion does`(format: NumberFormat) {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<3000 {
      let value = generator.double(exponents: -200...130)
      expectNearest(format.storage.rounded(DoubleDouble(value)), to: value, format)
      expectNearest(format.storage.rounded(value), to: value, format)
    }
  }

  @Test(arguments: NumberFormat.all)
  func `rounds a wide number as a sum of two doubles`(format: NumberFormat) throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<300 {
      let base = format.random(using: &generator)
      guard base != 0 else { continue }
      let half = format.storage.ulp(of: base) / 2
      let values = [(base, 0), (base, half), (base, half * (1 + 0x1p-30)), (base, half * 0.999), (base, -half)]
      for (high, low) in values where abs(high) < format.largest / 2 && low.isNormal {
        let wide = WideFloat(high) + WideFloat(low)
        let exponent = try #require(wide.leadingExponent)
        let rounded = format.storage.rounded(wide, tolerance: exponent - 400)
        let exact = Dyadic(high) + Dyadic(low)
        #expect(format.isCorrect(rounded) { (exact - $0).sign }, "\(high) + \(low)")
      }
    }
  }

  @Test(arguments: NumberFormat.all)
  func `what is within the tolerance of nothing is 0`(format: NumberFormat) {
    #expect(format.storage.rounded(WideFloat(0x1p-20), tolerance: -20) == 0)
    #expect(format.storage.rounded(WideFloat(0x1p-14), tolerance: -20) == 0x1p-14)
    #expect(format.storage.rounded(WideFloat(0), tolerance: -2000) == 0)
  }

  @Test(arguments: NumberFormat.all)
  func `overflows half a last place above the largest number`(format: NumberFormat) {
    let half = format.storage.ulp(of: format.largest) / 2
    let threshold = (WideFloat(format.largest) + WideFloat(half))
    let below = threshold - WideFloat(half).scaled(by: -200)
    #expect(format.storage.rounded(threshold, tolerance: 0) == .infinity)
    #expect(format.storage.rounded(-threshold, tolerance: 0) == -.infinity)
    #expect(format.storage.rounded(below, tolerance: Int(half.exponent) - 300) == format.largest)
    #expect(format.storage.overflowThreshold == format.largest + half)
    guard format.storage != .float64 else { return }
    #expect(format.storage.rounded(DoubleDouble(format.largest + half)) == .infinity)
    #expect(format.storage.rounded(DoubleDouble(sum: format.largest + half, -1e-30)) == format.largest)
    #expect(format.storage.rounded(DoubleDouble(-format.largest - half)) == -.infinity)
  }

  @Test(arguments: NumberFormat.all)
  func `is decided within an error only where all it may be rounds to one number`(format: NumberFormat) {
    let type = format.storage
    let middle = 1 + type.ulp(of: 1) / 2
    guard type != .float64 else {
      #expect(type.rounded(DoubleDouble(sum: 1, 0x1p-60), within: 0x1p-70) == 1)
      #expect(type.rounded(DoubleDouble(sum: 1, 0x1p-53), within: 0x1p-70) == nil)
      return
    }
    #expect(type.rounded(DoubleDouble(middle), within: 0) == 1)
    #expect(type.rounded(DoubleDouble(middle), within: 0x1p-90) == nil)
    #expect(type.rounded(DoubleDouble(sum: middle, -0x1p-80), within: 0x1p-90) == 1)
    #expect(type.rounded(DoubleDouble(sum: middle, 0x1p-80), within: 0x1p-90) == 1 + type.ulp(of: 1))
  }

  @Test(arguments: NumberFormat.all)
  func `what is not finite stays so`(format: NumberFormat) {
    #expect(format.storage.rounded(.infinity) == .infinity)
    #expect(format.storage.rounded(-.infinity) == -.infinity)
    #expect(format.storage.rounded(.nan).isNaN)
  }

  private func expectNearest(_ rounded: Double, to value: Double, _ format: NumberFormat) {
    let exact = Dyadic(value)
    #expect(format.isCorrect(rounded) { (exact - $0).sign }, "\(value) became \(rounded)")
  }
}
