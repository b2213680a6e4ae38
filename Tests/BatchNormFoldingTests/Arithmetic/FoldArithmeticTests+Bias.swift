import Testing

@testable import BatchNormFolding

/// What each element of a bias becomes; judged by exact integers.
extension FoldArithmeticTests {
  @Test(arguments: NumberFormat.all, [1, 2])
  func `rounds biases correctly behind norms as training leaves them`(format: NumberFormat, norms: Int) {
    var generator = SeededGenerator(seed: UInt64(100 + norms))
    let channels = 500
    let affine = ChannelAffine.norms(
      (0..<norms).map { _ in ChannelAffine.Step.trained(channels: channels, using: &generator) })
    let biases = (0..<channels).map { _ in format.near(generator.single(exponents: -6...4)) }
    expectBiases(biases, affine, as: format)
  }

  @Test(arguments: NumberFormat.all)
  func `rounds biases correctly though additions stand between the norms`(format: NumberFormat) {
    var generator = SeededGenerator(seed: 31)
    let channels = 300
    func addition() -> ChannelAffine.Step {
      .addition((0..<channels).map { _ in generator.single(exponents: -6...4) })
    }
    let affine = ChannelAffine.norms([
      addition(), .trained(channels: channels, using: &generator), addition(), addition(),
      .trained(channels: channels, using: &generator),
    ])
    expectBiases((0..<channels).map { _ in format.near(generator.single(exponents: -6...4)) }, affine, as: format)
  }

  /// A bias a few last places from the mean, behind scales of several hundred, loses all digits of a double.
  @Test(arguments: NumberFormat.all)
  func `rounds biases correctly that are near the mean`(format: NumberFormat) {
    var generator = SeededGenerator(seed: 37)
    let channels = 500
    let biases = (0..<channels).map { _ in format.near(generator.single(exponents: -6...4)) }
    let affine = ChannelAffine.norms([
      .normalization(
        gamma: (0..<channels).map { _ in generator.single(exponents: 2...4) },
        beta: (0..<channels).map { _ in generator.single(exponents: -20...(-4)) },
        mean: biases.map { $0 + format.storage.ulp(of: $0) * Double(Int.random(in: -3...3, using: &generator)) },
        variance: (0..<channels).map { _ in abs(generator.single(exponents: -14...(-8))) },
        epsilon: Double(Float(1e-5)))
    ])
    expectBiases(biases, affine, as: format)
  }

  @Test(arguments: NumberFormat.all)
  func `rounds once though a factor of the operator multiplies the bias`(format: NumberFormat) {
    var generator = SeededGenerator(seed: 41)
    let affine = ChannelAffine.norms([.trained(channels: 300, using: &generator)])
    let biases = (0..<300).map { _ in format.near(generator.single(exponents: -6...4)) }
    for factor in [-1.5, 0x1.fffffep-3] { expectBiases(biases, affine, factor: factor, as: format) }
  }

  /// `(b − mean) · gamma / √variance = −beta`, with and without an exact scale.
  @Test(arguments: NumberFormat.all, [(2.0, 4.0, 3.0), (1, 9, 3), (-7, 49, 5), (5, 225, 3)])
  func `gives 0 where everything cancels`(format: NumberFormat, terms: (gamma: Double, variance: Double, step: Double))
  {
    let beta = -terms.step * terms.gamma / terms.variance.squareRoot()
    let isWhole = (terms.step * terms.gamma).truncatingRemainder(dividingBy: terms.variance.squareRoot()) == 0
    let affine = ChannelAffine.norm(gamma: terms.gamma, beta: beta, mean: 8, variance: terms.variance)
    let folded = FoldArithmetic(affine, as: format).bias(8 + terms.step, channel: 0)
    #expect(isWhole == (folded == 0))
    expectBiases([8 + terms.step], affine, as: format)
  }

  @Test(arguments: NumberFormat.all)
  func `gives 0 where everything cancels behind two norms`(format: NumberFormat) {
    // √2 · √4.5 = 3: ((1 + 5 − 3) / √2 + 0) / √4.5 − 1.
    let affine = ChannelAffine.norms([
      .addition([5]),
      .normalization(gamma: [1], beta: [0], mean: [3], variance: [2], epsilon: 0),
      .normalization(gamma: [1], beta: [-1], mean: [0], variance: [4.5], epsilon: 0),
    ])
    #expect(FoldArithmetic(affine, as: format).bias(1, channel: 0) == 0)
    expectBiases([1, 2, 0x1.8p-3], affine, as: format)
  }

  /// `beta + 1 / 3 · 3k` half way between two numbers.
  @Test(arguments: NumberFormat.all.filter { $0.storage != .float64 }, [0, Double(Float.leastNonzeroMagnitude)])
  func `sees ties of biases and what is just beside them`(format: NumberFormat, epsilon: Double) {
    let half = format.storage.ulp(of: 1) / 2
    for whole in [1.0, 3, 5, -7] {
      let affine = ChannelAffine.norm(gamma: whole * half, beta: 1, mean: 5, variance: 9, epsilon: epsilon)
      expectBiases([8, 2], affine, as: format)
    }
  }

  @Test(arguments: NumberFormat.all)
  func `leaves a bias of 0 the image of 0`(format: NumberFormat) {
    let affine = ChannelAffine.norm(gamma: 3, beta: 0.5, mean: 2, variance: 4)
    #expect(FoldArithmetic(affine, as: format).bias(0, channel: 0) == -2.5)
  }

  @Test func `takes no notice of a bias whose factor is 0`() {
    let affine = ChannelAffine.norm(gamma: 3, beta: 0.5, mean: 2, variance: 4)
    let arithmetic = FoldArithmetic(affine, biasFactor: 0, as: NumberFormat(.float32))
    #expect(arithmetic.bias(.infinity, channel: 0) == -2.5)
    #expect(arithmetic.bias(17, channel: 0) == -2.5)
  }

  @Test(arguments: NumberFormat.all)
  func `is infinite past the largest number`(format: NumberFormat) {
    let large = format.largest
    let arithmetic = FoldArithmetic(.norm(gamma: 2, beta: large), as: format)
    #expect(arithmetic.bias(large, channel: 0).isInfinite)
    #expect(arithmetic.bias(.infinity, channel: 0).isInfinite)
    #expect(arithmetic.bias(.nan, channel: 0).isInfinite)
  }

  private func expectBiases(
    _ biases: [Double], _ affine: ChannelAffine, factor: Double = 1, as format: NumberFormat,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let arithmetic = FoldArithmetic(affine, biasFactor: factor, as: format)
    let perChannel = affine.channels > 1
    let folded = biases.indices.map { arithmetic.bias(biases[$0], channel: perChannel ? $0 : 0) }
    expectRounded(folded, as: format, sourceLocation: sourceLocation) { index, bound in
      ExactFold(affine, channel: perChannel ? index : 0).side(ofBias: biases[index], factor: factor, from: bound)
    }
  }
}
