import Tensors
import Testing

@testable import BatchNormFolding

@Suite struct FoldErrorTests {
  private static let channels = 20
  private static let each = 30

  @Test(arguments: NumberFormat.all, [1, 3])
  func `is at most half a last place for weights that are rounded correctly`(format: NumberFormat, norms: Int) {
    let (arithmetic, weights) = trained(format, norms: norms)
    let (folded, _) = arithmetic.scaled(weights, map: map)
    let error = measured(arithmetic, weights, folded)
    #expect(error.maxWeightUlp > 0.3)
    #expect(error.maxWeightUlp <= (format.storage == .float64 ? 1 : 0.5))
  }

  @Test(arguments: NumberFormat.all, [1.0, -2, 7])
  func `tells how far a changed element is from where it belongs`(format: NumberFormat, ulps: Double) {
    let (arithmetic, weights) = trained(format, norms: 1)
    var (folded, _) = arithmetic.scaled(weights, map: map)
    folded[77] += ulps * format.storage.ulp(of: folded[77])
    let error = measured(arithmetic, weights, folded)
    #expect(abs(error.maxWeightUlp - abs(ulps)) <= 0.5)
  }

  @Test(arguments: NumberFormat.all)
  func `is 0 where nothing is rounded`(format: NumberFormat) {
    let arithmetic = FoldArithmetic(.norm(gamma: 3, beta: 4, mean: 1, variance: 4), as: format)
    let weights: [Double] = [1, 2, -0.5, 0]
    let map = ChannelMap.rows(channels: 1, each: 4)
    var error = measured(arithmetic, weights, arithmetic.scaled(weights, map: map).values, map: map)
    error.observe(bias: 3, folded: 7, channel: 0)
    #expect(error.maxWeightUlp == 0 && error.maxBiasUlp == 0)
    #expect(error.outputBound == (0, 0))
  }

  @Test(arguments: NumberFormat.all)
  func `is at most half a last place for biases that are rounded correctly`(format: NumberFormat) {
    let (arithmetic, biases) = trained(format, norms: 2)
    var error = FoldError(arithmetic)
    for channel in 0..<Self.channels {
      error.observe(bias: biases[channel], folded: arithmetic.bias(biases[channel], channel: channel), channel: channel)
    }
    #expect(error.maxBiasUlp > 0.2)
    #expect(error.maxBiasUlp <= (format.storage == .float64 ? 1 : 0.5))
  }

  @Test(arguments: NumberFormat.all)
  func `tells how far a changed bias is from where it belongs`(format: NumberFormat) {
    let arithmetic = FoldArithmetic(.norm(gamma: 1, beta: 4, mean: 1, variance: 4), biasFactor: 2, as: format)
    var error = FoldError(arithmetic)
    // (2 · 2 − 1) / 2 + 4.
    error.observe(bias: 2, folded: 5.5 + 3 * format.storage.ulp(of: 5.5), channel: 0)
    #expect(error.maxBiasUlp == 3)
  }

  /// Four elements off by 1, 2, 4 and 8 in two channels; biases off by 0.5 and 0.25.
  @Test func `bounds an output by the sum of its channel's errors`() {
    let arithmetic = FoldArithmetic(
      .norms([.normalization(gamma: [2, 2], beta: [0, 0], mean: [0, 0], variance: [1, 1], epsilon: 0)]),
      as: NumberFormat(.float32))
    let map = ChannelMap.rows(channels: 2, each: 2)
    var error = measured(arithmetic, [1, 1, 1, 1], [3, 0, 6, -6], map: map)
    error.observe(bias: 1, folded: 2.5, channel: 0)
    error.observe(bias: 1, folded: 1.75, channel: 0)
    let bound = error.outputBound
    #expect(bound.perUnitInput >= 12 && bound.perUnitInput < 12.001)
    #expect(bound.constant >= 0.5 && bound.constant < 0.5001)
  }

  @Test func `takes the operator's own factor into account`() {
    let arithmetic = FoldArithmetic(.norm(gamma: 2), weightFactor: 0.25, as: NumberFormat(.float32))
    let map = ChannelMap.rows(channels: 1, each: 1)
    #expect(measured(arithmetic, [3], [1.5], map: map).maxWeightUlp == 0)
    #expect(measured(arithmetic, [3], [6], map: map).maxWeightUlp > 1e6)
  }

  /// What is subnormal before, and what stays normal, does not count; nor does a channel that gamma switches off.
  @Test(arguments: NumberFormat.all, [(0.3, 3), (0, 0)])
  func `counts the weights that become subnormal or vanish`(
    format: NumberFormat, expected: (gamma: Double, count: Int)
  ) {
    let normal = format.storage.leastNormal
    let weights = [normal, -normal, 2 * normal, 4 * normal, format.leastNonzero, 1, 0]
    let arithmetic = FoldArithmetic(.norm(gamma: expected.gamma), as: format)
    let map = ChannelMap.rows(channels: 1, each: weights.count)
    let error = measured(arithmetic, weights, arithmetic.scaled(weights, map: map).values, map: map)
    #expect(error.newSubnormals == expected.count)
  }

  @Test func `one repeated element counts as often as it stands in the weight`() {
    let arithmetic = FoldArithmetic(.norm(gamma: 2), as: NumberFormat(.float32))
    var error = FoldError(arithmetic)
    error.observe(weight: 1, folded: 2.5, channel: 0, count: 8)
    #expect(abs(error.outputBound.perUnitInput - 4) < 0.001)
    #expect(error.maxWeightUlp == 0.5 / 0x1p-22)
    error.observe(weight: 0x1p-126, folded: 0, channel: 0, count: 8)
    #expect(error.newSubnormals == 8)
  }

  @Test(arguments: WeightLayout.all)
  func `finds each element's channel in every chunk`(layout: WeightLayout) throws {
    let map = try #require(layout.map)
    let scales = (0..<map.channels).map { Double(1 << ($0 % 8)) }
    let zeros = Array(repeating: 0.0, count: map.channels), ones = zeros.map { $0 + 1 }
    let arithmetic = FoldArithmetic(
      .norms([.normalization(gamma: scales, beta: zeros, mean: zeros, variance: ones, epsilon: 0)]),
      as: NumberFormat(.float32))
    let original = Array(repeating: Float(1), count: map.elementCount)
    let folded = layout.channels.map { Float(scales[$0]) }
    var error = FoldError(arithmetic)
    for first in stride(from: 0, to: map.elementCount, by: 5) {
      let range = first..<min(first + 5, map.elementCount)
      error.observe(
        original: Array(original[range]).span, folded: Array(folded[range]).span, from: first, map: map)
    }
    #expect(error.maxWeightUlp == 0)
  }

  private var map: ChannelMap { .rows(channels: Self.channels, each: Self.each) }

  private func trained(_ format: NumberFormat, norms: Int) -> (FoldArithmetic, [Double]) {
    var generator = SeededGenerator(seed: 1)
    let affine = ChannelAffine.norms(
      (0..<norms).map { _ in ChannelAffine.Step.trained(channels: Self.channels, using: &generator) })
    let weights = (0..<Self.channels * Self.each).map { _ in format.near(generator.single(exponents: -4...0)) }
    return (FoldArithmetic(affine, as: format), weights)
  }

  private func measured(
    _ arithmetic: FoldArithmetic, _ weights: [Double], _ folded: [Double], map: ChannelMap? = nil
  ) -> FoldError {
    let map = map ?? self.map
    return switch arithmetic.storage {
    case .float16: measured(arithmetic, weights, folded, map, as: Float16.self)
    case .bfloat16: measured(arithmetic, weights, folded, map, as: BFloat16.self)
    case .float32: measured(arithmetic, weights, folded, map, as: Float.self)
    case .float64: measured(arithmetic, weights, folded, map, as: Double.self)
    }
  }

  private func measured<Element: StoredElement>(
    _ arithmetic: FoldArithmetic, _ weights: [Double], _ folded: [Double], _ map: ChannelMap, as type: Element.Type
  ) -> FoldError {
    let original = weights.map { Element(representing: $0) }
    let changed = folded.map { Element(representing: $0) }
    var error = FoldError(arithmetic)
    error.observe(original: original.span, folded: changed.span, from: 0, map: map)
    return error
  }
}
