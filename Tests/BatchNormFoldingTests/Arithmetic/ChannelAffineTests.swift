import Testing

@testable import BatchNormFolding

@Suite struct ChannelAffineTests {
  private let norm = ChannelAffine.Step.normalization(
    gamma: [2, 3], beta: [1, -1], mean: [4, 5], variance: [3, 8], epsilon: 1)

  @Test func `is the identity without steps`() {
    let affine = ChannelAffine(channels: 2)
    #expect(affine.scale(ofChannel: 1) == DoubleDouble(1))
    #expect(affine.applied(to: DoubleDouble(0.1), channel: 1) == DoubleDouble(0.1))
  }

  @Test func `a norm is gamma · (x − mean) / √(variance + epsilon) + beta`() {
    let affine = ChannelAffine.norms([norm])
    #expect(affine.scale(ofChannel: 0) == DoubleDouble(1))
    #expect(affine.scale(ofChannel: 1) == DoubleDouble(1))
    #expect(affine.applied(to: DoubleDouble(7), channel: 0) == DoubleDouble(4))
    #expect(affine.applied(to: DoubleDouble(7), channel: 1) == DoubleDouble(1))
  }

  @Test func `an addition leaves the scale as it is`() {
    let affine = ChannelAffine.norms([.addition([0.5, -0.5])])
    #expect(affine.scale(ofChannel: 1) == DoubleDouble(1))
    #expect(affine.applied(to: DoubleDouble(7), channel: 1) == DoubleDouble(6.5))
  }

  @Test func `steps apply in the order in which they were added`() {
    let first = ChannelAffine.norms([norm, .addition([10, 10])])
    let second = ChannelAffine.norms([.addition([10, 10]), norm])
    #expect(first.applied(to: DoubleDouble(7), channel: 1) == DoubleDouble(11))
    #expect(second.applied(to: DoubleDouble(7), channel: 1) == DoubleDouble(11))
    let halved = ChannelAffine.norms([
      norm, .normalization(gamma: [1, 1], beta: [0, 0], mean: [0, 0], variance: [4, 4], epsilon: 0),
    ])
    #expect(halved.scale(ofChannel: 0) == DoubleDouble(0.5))
    #expect(halved.applied(to: DoubleDouble(7), channel: 0) == DoubleDouble(2))
  }

  @Test(arguments: [1, 2])
  func `the scale is off by less than 32u² a step`(steps: Int) {
    var generator = SeededGenerator(seed: 1)
    let affine = ChannelAffine.norms(
      (0..<steps).map { _ in ChannelAffine.Step.trained(channels: 200, using: &generator) })
    for channel in 0..<200 {
      let scale = affine.scale(ofChannel: channel)
      let value = Dyadic(scale.hi) + Dyadic(scale.lo)
      let error = Dyadic(Double(32 * steps)) * .power(-106) * value.magnitude
      let exact = ExactFold(affine, channel: channel)
      #expect(exact.side(ofWeight: 1, factor: 1, from: value - error) >= 0)
      #expect(exact.side(ofWeight: 1, factor: 1, from: value + error) <= 0)
    }
  }

  @Test(arguments: [1, 2])
  func `the exact image lies within the bound that comes with it`(steps: Int) {
    var generator = SeededGenerator(seed: 2)
    let affine = ChannelAffine.norms(
      (0..<steps).flatMap { _ in
        let values = (0..<200).map { _ in generator.double(exponents: -4...4) }
        return [ChannelAffine.Step.trained(channels: 200, using: &generator), .addition(values)]
      })
    for channel in 0..<200 {
      let start = generator.double(exponents: -4...4)
      let (image, error) = affine.bounded(DoubleDouble(start), channel: channel)
      let value = Dyadic(image.hi) + Dyadic(image.lo)
      let exact = ExactFold(affine, channel: channel)
      #expect(exact.side(ofBias: start, factor: 1, from: value - Dyadic(error)) >= 0)
      #expect(exact.side(ofBias: start, factor: 1, from: value + Dyadic(error)) <= 0)
      #expect(error < 0x1p-80)
    }
  }

  @Test func `the wide image agrees with two doubles and says how large its terms were`() throws {
    var generator = SeededGenerator(seed: 3)
    let affine = ChannelAffine.norms([
      .addition((0..<50).map { _ in generator.double(exponents: 60...60) }),
      .trained(channels: 50, using: &generator),
    ])
    for channel in 0..<50 {
      let (image, largest) = affine.wideImage(WideFloat(1), channel: channel)
      let (near, error) = affine.bounded(DoubleDouble(1), channel: channel)
      let difference = image - WideFloat(near.hi) - WideFloat(near.lo)
      #expect(abs(difference.approximation) <= error)
      #expect(try largest >= #require(image.leadingExponent))
    }
  }

  /// What is nearer to 0 than 2⁻⁴⁰⁰ of the largest term counts as 0, so the term must not grow with the chain.
  @Test(arguments: [1 - 0x1p-20, 1, 1 + 0x1p-20]) func `a long chain of maps keeps the size of its terms`(
    variance: Double
  ) throws {
    let step = ChannelAffine.Step.normalization(
      gamma: [1], beta: [0.25], mean: [0.125], variance: [variance], epsilon: 0x1p-24)
    let affine = ChannelAffine(channels: 1, steps: Array(repeating: step, count: 2000))
    let (image, largest) = affine.wideImage(WideFloat(0), channel: 0)
    #expect(try largest <= #require(image.leadingExponent) + 8)
    #expect(abs(image.approximation - 250) < 1)
    #expect(!affine.mapsZeroToZero(0) && !ChannelShift(affine, channel: 0).isZero)
  }

  @Test func `a step with another number of channels is a caller's mistake`() async {
    await #expect(processExitsWith: .failure) {
      var affine = ChannelAffine(channels: 2)
      affine.append(.addition([1]))
    }
    await #expect(processExitsWith: .failure) {
      var affine = ChannelAffine(channels: 1)
      affine.append(.normalization(gamma: [1], beta: [1], mean: [1, 2], variance: [1], epsilon: 0))
    }
  }
}
