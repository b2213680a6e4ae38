import Testing

@testable import BatchNormFolding

/// Elements that lie half way between two numbers, or as near to it as parameters can bring them.
extension FoldArithmeticTests {
  private static let narrow = NumberFormat.all.filter { $0.storage != .float64 }

  /// The least epsilon but 0 that a model can hold.
  private static let leastEpsilon = Double(Float.leastNonzeroMagnitude)

  @Test(arguments: narrow, [1, 4, 16, 0.25])
  func `rounds a tie to the even neighbour when the scale is exact`(format: NumberFormat, variance: Double) {
    var generator = SeededGenerator(seed: 19)
    let bits = format.storage.significandBits
    // An odd product of one bit more than the format holds is a tie.
    let ties = (0..<200).compactMap { _ -> (Double, Double)? in
      let (a, b) = (generator.oddNumber(bits: bits - 2), generator.oddNumber(bits: 3))
      return (a * b).bitWidthUsed == bits + 1 ? (Double(a), Double(b)) : nil
    }
    #expect(ties.count > 25)
    for gamma in Set(ties.map(\.1)) {
      let weights = ties.filter { $0.1 == gamma }.flatMap { [$0.0, -$0.0] }
      expectFolded(weights, .norm(gamma: gamma, variance: variance), as: format, channels: 1)
    }
  }

  /// `3a · b / √9 = ab` is half way between two numbers, though `b / 3` has no end in binary.
  @Test(arguments: narrow)
  func `sees the tie behind a scale of a third`(format: NumberFormat) {
    for (weights, gamma) in thirds(of: format) {
      expectFolded(weights, .norm(gamma: gamma, variance: 9), as: format, channels: 1)
    }
  }

  @Test(arguments: narrow)
  func `sees the tie behind two scales whose product is a third`(format: NumberFormat) {
    for (weights, gamma) in thirds(of: format) {
      // √2 · √4.5 = 3, and neither root is a binary number.
      let affine = ChannelAffine.norms([
        .normalization(gamma: [gamma], beta: [0], mean: [0], variance: [2], epsilon: 0),
        .normalization(gamma: [1], beta: [0], mean: [0], variance: [4.5], epsilon: 0),
      ])
      expectFolded(weights, affine, as: format, channels: 1)
    }
  }

  /// Below the tie by less than two doubles can tell.
  @Test(arguments: narrow, [leastEpsilon, 0x1p-100, 0x1p-60, 0x1p-50])
  func `rounds down when epsilon brings the value just below a tie`(format: NumberFormat, epsilon: Double) {
    for (weights, gamma) in thirds(of: format) {
      let affine = ChannelAffine.norm(gamma: gamma, variance: 9, epsilon: epsilon)
      expectFolded(weights, affine, as: format, channels: 1)
      let arithmetic = FoldArithmetic(affine, as: format)
      #expect(weights.allSatisfy { abs(arithmetic.weight($0, channel: 0)) < abs($0 / 3 * gamma) })
    }
  }

  @Test(arguments: narrow, [-leastEpsilon, -0x1p-100, -0x1p-60, -0x1p-50])
  func `rounds up when epsilon brings the value just above a tie`(format: NumberFormat, epsilon: Double) {
    for (weights, gamma) in thirds(of: format) {
      let affine = ChannelAffine.norm(gamma: gamma, variance: 9, epsilon: epsilon)
      expectFolded(weights, affine, as: format, channels: 1)
      let arithmetic = FoldArithmetic(affine, as: format)
      #expect(weights.allSatisfy { abs(arithmetic.weight($0, channel: 0)) > abs($0 / 3 * gamma) })
    }
  }

  @Test(arguments: narrow)
  func `sees ties between subnormal numbers`(format: NumberFormat) {
    let least = format.leastNonzero
    let halves = (1..<64).map { Double($0) * least }
    expectFolded(halves + halves.map(-), .norm(gamma: 1, variance: 4), as: format, channels: 1)
    expectFolded(halves.map { 3 * $0 }, .norm(gamma: 0.5, variance: 9), as: format, channels: 1)
  }

  /// `2^(bits + 1) − 1`, twice the number half way between the largest one and what would come next, has these
  /// factors.
  @Test(arguments: [(StorageType.float16, 3.0, 1365.0), (.bfloat16, 7, 73), (.float32, 31, 1_082_401)])
  func `rounds the tie above the largest number to infinity and what is just below it down`(
    storage: StorageType, gamma: Double, weight: Double
  ) {
    let format = NumberFormat(storage)
    let unit = format.storage.ulp(of: format.largest)
    let stored = weight * unit / 2
    func folded(_ affine: ChannelAffine) -> Double { FoldArithmetic(affine, as: format).weight(stored, channel: 0) }
    #expect(folded(.norm(gamma: gamma)) == .infinity)
    #expect(folded(.norm(gamma: -gamma)) == -.infinity)
    #expect(folded(.norm(gamma: gamma * 3, variance: 9)) == .infinity)
    #expect(folded(.norm(gamma: gamma * 3, variance: 9, epsilon: Self.leastEpsilon)) == format.largest)
    #expect(folded(.norm(gamma: -gamma * 3, variance: 9, epsilon: Self.leastEpsilon)) == -format.largest)
  }

  /// Weights `3a` and gammas `b` for which `ab` is half way between two numbers.
  private func thirds(of format: NumberFormat) -> [(weights: [Double], gamma: Double)] {
    var generator = SeededGenerator(seed: 23)
    let bits = format.storage.significandBits
    return [7, 11, 13].map { gamma in
      let weights = (0..<60).compactMap { _ -> Double? in
        let a = generator.oddNumber(bits: bits - 2)
        guard (a * UInt64(gamma)).bitWidthUsed == bits + 1, (3 * a).bitWidthUsed <= bits else { return nil }
        return Double(3 * a)
      }
      #expect(weights.count > 5)
      return (weights.flatMap { [$0, -$0] }, gamma)
    }
  }
}

extension UInt64 {
  fileprivate var bitWidthUsed: Int { 64 - leadingZeroBitCount }
}
