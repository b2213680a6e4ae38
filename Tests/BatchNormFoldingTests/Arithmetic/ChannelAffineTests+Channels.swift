import Testing

@testable import BatchNormFolding

extension ChannelAffineTests {
  private static let mixed = ChannelAffine.norms([
    .normalization(
      gamma: [2, -3, 1], beta: [1, 0, 0], mean: [4, 0, 0], variance: [3, 8, 0.75], epsilon: [1, 1, 0.25]),
    .addition([5, 0, 0]), .multiplication([0.5, -2, 1]), .division([3, 7, 1]),
  ])

  @Test func `a norm may have an epsilon for each channel`() {
    let affine = ChannelAffine.norms([
      .normalization(gamma: [1, 1], beta: [0, 0], mean: [0, 0], variance: [3, 3], epsilon: [1, 13])
    ])
    #expect(affine.scales() == [DoubleDouble(0.5), DoubleDouble(0.25)])
  }

  @Test func `gathers channels and fills the rest with the identity`() {
    let gathered = Self.mixed.gathered([2, nil, 0, 0])
    #expect(gathered.channels == 4)
    #expect((0..<4).map { gathered.isIdentity(ofChannel: $0) } == [true, true, false, false])
    for channel in [2, 3] {
      #expect(gathered.scale(ofChannel: channel) == Self.mixed.scale(ofChannel: 0))
      #expect(gathered.shift(ofChannel: channel) == Self.mixed.shift(ofChannel: 0))
    }
  }

  @Test func `the linear part has the scales and no shifts`() {
    let part = Self.mixed.linearPart
    #expect(part.scales() == Self.mixed.scales())
    #expect((0..<3).allSatisfy { part.shift(ofChannel: $0) == DoubleDouble(0) && part.mapsZeroToZero($0) })
  }

  @Test func `channels have the same map where all their bits agree`() {
    let affine = ChannelAffine.norms([
      .normalization(gamma: [1, 1, 1], beta: [0, 0, 0], mean: [2, 2, 2], variance: [1, 1, 1], epsilon: [0, 0, 1]),
      .addition([1, 1, 1]),
    ])
    #expect(affine.hasSameMap(0, 1))
    #expect(!affine.hasSameMap(0, 2))
    #expect(!ChannelAffine.norms([.addition([0, -0.0])]).hasSameMap(0, 1))
  }

  @Test func `knows the sign of a scale though the scale is no double`() {
    #expect((0..<3).map { Self.mixed.scaleSign(ofChannel: $0) } == [1, 1, 1])
    let tiny = ChannelAffine.norms([
      .multiplication([-1e-300, 0, 1e-300]), .multiplication([1e-300, 1, 1e-300]), .division([2, 1, -1e300]),
    ])
    #expect((0..<3).map { tiny.scaleSign(ofChannel: $0) } == [-1, 0, -1])
  }

  /// `(0 − 3) / √9 + 1` is 0 though 1/3 has no end in binary; a larger epsilon moves it by less than two doubles tell.
  @Test(arguments: [(0.0, true), (0x1p-140, false), (0x1p-60, false)])
  func `knows whether the image of 0 is 0`(epsilon: Double, isZero: Bool) {
    let affine = ChannelAffine.norm(gamma: 1, beta: 1, mean: 3, variance: 9, epsilon: epsilon)
    #expect(affine.mapsZeroToZero(0) == isZero)
    // √2 · √4.5 = 3, and neither root is a binary number.
    let pair = ChannelAffine.norms([
      .normalization(gamma: [1], beta: [0], mean: [3], variance: [2], epsilon: epsilon),
      .normalization(gamma: [1], beta: [1], mean: [0], variance: [4.5], epsilon: 0.0),
    ])
    #expect(pair.mapsZeroToZero(0) == isZero)
  }

  @Test func `the image of 0 is 0 under scales alone and never where the map is not defined`() {
    #expect(ChannelAffine.norm(gamma: 0.3, variance: 7).mapsZeroToZero(0))
    #expect(!ChannelAffine.norms([.addition([0x1p-1000])]).mapsZeroToZero(0))
    #expect(!ChannelAffine.norm(variance: -1).mapsZeroToZero(0))
  }

  @Test(arguments: [
    (ChannelAffine.Step.addition([0]), true), (.addition([1e-300]), false), (.multiplication([1]), true),
    (.multiplication([1 + 0x1p-52]), false), (.division([1]), true), (.division([-1]), false),
    (.normalization(gamma: [1], beta: [0], mean: [0], variance: [0.75], epsilon: 0.25), true),
    (.normalization(gamma: [1], beta: [0], mean: [0], variance: [1], epsilon: 0x1p-80), false),
    (.normalization(gamma: [1], beta: [0], mean: [1], variance: [1], epsilon: 0.0), false),
    (.normalization(gamma: [1], beta: [1], mean: [0], variance: [1], epsilon: 0.0), false),
  ])
  func `a channel is the identity if each of its steps is`(step: ChannelAffine.Step, isIdentity: Bool) {
    #expect(ChannelAffine.norms([step]).isIdentity(ofChannel: 0) == isIdentity)
    #expect(!ChannelAffine.norms([step, .addition([1]), .addition([-1])]).isIdentity(ofChannel: 0))
  }
}
