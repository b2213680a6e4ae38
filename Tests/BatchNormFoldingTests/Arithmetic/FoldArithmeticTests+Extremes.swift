import Testing

@testable import BatchNormFolding

/// Parameters at the ends of their ranges, and elements that are no ordinary numbers.
extension FoldArithmeticTests {
  @Test(arguments: NumberFormat.all.filter { $0.width == 16 })
  func `a scale of 1 leaves every number of a half-precision type as it is`(format: NumberFormat) {
    let all = (0..<UInt64(1) << 16).map { format.value(ofBits: $0) }.filter { !$0.isNaN }
    let (folded, _) = FoldArithmetic(.norm(), as: format).scaled(all, map: .rows(channels: 1, each: all.count))
    #expect(zip(folded, all).allSatisfy { $0 == $1 && $0.sign == $1.sign })
  }

  @Test(arguments: NumberFormat.all)
  func `zero keeps its sign under a positive scale and loses it under a negative one`(format: NumberFormat) {
    let positive = FoldArithmetic(.norm(gamma: 0.3), as: format)
    #expect(positive.scaled([0, -0.0], map: .rows(channels: 1, each: 2)).values.map(\.sign) == [.plus, .minus])
    let negative = FoldArithmetic(.norm(gamma: -0.3), as: format)
    #expect(negative.scaled([0, -0.0], map: .rows(channels: 1, each: 2)).values.map(\.sign) == [.minus, .plus])
  }

  @Test(arguments: NumberFormat.all)
  func `a gamma of 0 makes every finite weight 0`(format: NumberFormat) {
    let weights = [0, 1, -format.largest, format.leastNonzero]
    let (folded, outcome) = FoldArithmetic(.norm(gamma: 0), as: format).scaled(
      weights, map: .rows(channels: 1, each: 4))
    #expect(folded == [0, 0, 0, 0])
    #expect(outcome == ChunkOutcome())
  }

  @Test(arguments: NumberFormat.all)
  func `counts the elements that were no finite numbers and leaves them so`(format: NumberFormat) {
    let weights: [Double] = [.infinity, 1, -.infinity, .nan]
    let (folded, outcome) = FoldArithmetic(.norm(gamma: 0.3), as: format).scaled(
      weights, map: .rows(channels: 1, each: 4))
    #expect(folded[0] == .infinity && folded[2] == -.infinity && folded[3].isNaN)
    #expect(outcome.oldNonFinite == 3)
    #expect(outcome.newNonFinite == 0)
    #expect(!outcome.isFinite)
  }

  @Test(arguments: NumberFormat.all)
  func `counts the elements that overflow`(format: NumberFormat) {
    let weights = [format.largest, -format.largest, 1, format.largest / 4]
    let (folded, outcome) = FoldArithmetic(.norm(gamma: 2), as: format).scaled(
      weights, map: .rows(channels: 1, each: 4))
    #expect(folded[..<2] == [.infinity, -.infinity])
    #expect(outcome.newNonFinite == 2)
    #expect(!outcome.isFinite)
  }

  @Test(arguments: NumberFormat.all)
  func `one repeated element becomes in each channel what a stored one does`(format: NumberFormat) {
    var generator = SeededGenerator(seed: 43)
    let arithmetic = FoldArithmetic(.norms([.trained(channels: 16, using: &generator)]), weightFactor: 0.75, as: format)
    let (folded, _) = arithmetic.scaled(Array(repeating: 0.625, count: 16), map: .rows(channels: 16, each: 1))
    expectEqual(arithmetic.splat(0.625), folded, as: format)
  }

  /// Parameters of float64 may be so small that half of a double-double of them is lost.
  @Test(arguments: [(0x1p-1060, 0x1p-300), (0x1.8p-1070, 0x1p-290), (0x1p-1022, 0x1p-310), (0x1p-900, 0x1p-300)])
  func `float64 weights stay within one last place when the variance is tiny`(variance: Double, gamma: Double) {
    var generator = SeededGenerator(seed: 47)
    expectFolded(
      gammas: (0..<50).map { _ in gamma * abs(generator.double(exponents: 0...0)) },
      variances: (0..<50).map { _ in variance * abs(generator.double(exponents: 0...3)) },
      weights: (0..<500).map { _ in generator.double(exponents: -4...4) })
  }

  @Test(arguments: [0x1p-1070, 0x1p-1060, 0x1p-1030, 0x1p-1000, 0x1p-900])
  func `float64 weights stay within one last place when gamma is tiny`(gamma: Double) {
    var generator = SeededGenerator(seed: 53)
    expectFolded(
      gammas: (0..<50).map { _ in gamma * abs(generator.double(exponents: 3...6)) },
      variances: (0..<50).map { _ in abs(generator.double(exponents: -3...3)) },
      weights: (0..<500).map { _ in generator.double(exponents: 0...10) })
  }

  @Test func `a scale below all doubles still scales a large weight`() {
    let arithmetic = FoldArithmetic(
      .norm(gamma: .leastNonzeroMagnitude, variance: 4), as: NumberFormat(.float64))
    #expect(arithmetic.weight(0x1p60, channel: 0) == 0x1p-1015)
  }

  private func expectFolded(
    gammas: [Double], variances: [Double], weights: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let zeros = Array(repeating: 0.0, count: gammas.count)
    let norm = ChannelAffine.Step.normalization(
      gamma: gammas, beta: zeros, mean: zeros, variance: variances, epsilon: 0)
    expectFolded(
      weights, .norms([norm]), as: NumberFormat(.float64), channels: gammas.count, sourceLocation: sourceLocation)
  }
}
