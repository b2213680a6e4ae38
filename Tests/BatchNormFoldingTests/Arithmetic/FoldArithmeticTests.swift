import Testing

@testable import BatchNormFolding

/// What each element of a weight becomes; judged by exact integers.
@Suite struct FoldArithmeticTests {
  private static let steps = 80
  private static let factors: [Double] = [0.75, -1.5, 0x1.fffffep-3]

  /// Weights of every size that a format has, and of the sizes that trained weights have.
  @Test(arguments: NumberFormat.all, [1, 2, 3])
  func `rounds weights correctly behind norms as training leaves them`(format: NumberFormat, norms: Int) {
    var generator = SeededGenerator(seed: UInt64(norms))
    let channels = 30
    let affine = ChannelAffine.norms(
      (0..<norms).map { _ in ChannelAffine.Step.trained(channels: channels, using: &generator) })
    let weights = (0..<channels * Self.steps).map { index in
      index % 2 == 0
        ? format.random(using: &generator)
        : format.near(generator.single(exponents: -8...0))
    }
    expectFolded(weights, affine, as: format, channels: channels)
  }

  @Test(arguments: NumberFormat.all)
  func `rounds weights correctly behind products and quotients`(format: NumberFormat) {
    var generator = SeededGenerator(seed: 19)
    let channels = 30
    func vector() -> [Double] { (0..<channels).map { _ in generator.single(exponents: -4...4) } }
    let affine = ChannelAffine.norms([
      .division(vector()), .multiplication(vector()), .trained(channels: channels, using: &generator),
      .multiplication(vector()), .division(vector()),
    ])
    let weights = (0..<channels * Self.steps).map { _ in format.near(generator.single(exponents: -8...3)) }
    expectFolded(weights, affine, as: format, channels: channels)
    let quotient = ChannelAffine.norms([.division((0..<channels).map { Double($0 + 1) })])
    expectFolded(weights, quotient, as: format, channels: channels)
  }

  @Test(arguments: NumberFormat.all)
  func `rounds weights correctly behind scales of several hundred`(format: NumberFormat) {
    var generator = SeededGenerator(seed: 7)
    let channels = 30
    let affine = ChannelAffine.norms([
      .normalization(
        gamma: (0..<channels).map { _ in generator.single(exponents: 0...4) },
        beta: Array(repeating: 0, count: channels), mean: Array(repeating: 0, count: channels),
        variance: (0..<channels).map { _ in abs(generator.single(exponents: -17...(-12))) },
        epsilon: Double(Float(1e-5)))
    ])
    let weights = (0..<channels * Self.steps).map { _ in
      format.near(generator.single(exponents: -8...3))
    }
    expectFolded(weights, affine, as: format, channels: channels)
  }

  @Test(arguments: NumberFormat.all, factors)
  func `rounds once though a factor of the operator comes first`(format: NumberFormat, factor: Double) {
    var generator = SeededGenerator(seed: 11)
    let channels = 20
    let affine = ChannelAffine.norms([.trained(channels: channels, using: &generator)])
    let weights = (0..<channels * Self.steps).map { _ in
      format.near(generator.single(exponents: -8...3))
    }
    expectFolded(weights, affine, factor: factor, as: format, channels: channels)
  }

  @Test(arguments: NumberFormat.all)
  func `rounds weights correctly where they become subnormal`(format: NumberFormat) {
    var generator = SeededGenerator(seed: 13)
    let channels = 20
    let affine = ChannelAffine.norms([.trained(channels: channels, using: &generator)])
    let least = format.storage.leastExponent
    let weights = (0..<channels * Self.steps).map { _ in
      format.near(generator.single(exponents: 0...13)) * Double(sign: .plus, exponent: least - 10, significand: 1)
    }.map { format.near($0) }
    expectFolded(weights, affine, as: format, channels: channels)
  }

  @Test(arguments: NumberFormat.all)
  func `rounds weights correctly up to where they overflow and beyond`(format: NumberFormat) {
    var generator = SeededGenerator(seed: 17)
    let affine = ChannelAffine.norm(gamma: 3, variance: 9)
    // gamma / sqrt(variance) is 1: the neighbours of the largest number, divided by 3 and multiplied by 3.
    let fold = FoldArithmetic(affine, weightFactor: 1, as: format)
    #expect(fold.weight(format.largest, channel: 0) == format.largest)
    let near = ChannelAffine.norm(gamma: 1.5, variance: Double(Float(2.25)).nextDown)
    let weights = (0..<200).map { _ in
      format.near(format.largest * (1 - Double.random(in: 0...0.01, using: &generator)))
    }
    expectFolded(weights, affine, factor: 1 + 0x1p-9, as: format, channels: 1)
    expectFolded(weights + [format.largest], near, as: format, channels: 1)
  }

  /// Expects that every element of a weight with equally many for each channel is rounded correctly.
  func expectFolded(
    _ weights: [Double], _ affine: ChannelAffine, factor: Double = 1, as format: NumberFormat, channels: Int,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let map = ChannelMap.rows(channels: channels, each: weights.count / channels)
    let arithmetic = FoldArithmetic(affine, weightFactor: factor, as: format)
    let (folded, _) = arithmetic.scaled(weights, map: map)
    let exact = (0..<channels).map { ExactFold(affine, channel: $0) }
    expectRounded(folded, as: format, sourceLocation: sourceLocation) { index, bound in
      exact[map.channel(ofElement: index)].side(ofWeight: weights[index], factor: factor, from: bound)
    }
  }
}
