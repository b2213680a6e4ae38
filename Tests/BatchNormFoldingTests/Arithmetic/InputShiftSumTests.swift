import Tensors
import Testing

@testable import BatchNormFolding

@Suite struct InputShiftSumTests {
  @Test(arguments: PairLayout.all, NumberFormat.all)
  func `the exact sum lies within the bound that comes with it`(layout: PairLayout, format: NumberFormat) throws {
    var generator = SeededGenerator(seed: 3)
    let (output, inputMap) = try (#require(layout.output.map), #require(layout.input.map))
    let input = InputFold(
      affine: .norms([
        .trained(channels: inputMap.channels, using: &generator),
        .trained(channels: inputMap.channels, using: &generator),
      ]), inputMap: inputMap, outputMap: output)
    let weights = layout.output.channels.map { _ in format.near(generator.single(exponents: -8...0)) }
    for factor in [1, -0.3] {
      let sum = observed(input, weights, format, factor: factor)
      var exact = Array(repeating: WideFloat(0), count: output.channels)
      for (element, weight) in weights.enumerated() {
        let shift = input.affine.wideImage(WideFloat(0), channel: layout.input.channels[element]).image
        let channel = layout.output.channels[element]
        exact[channel] = exact[channel] + WideFloat(weight) * WideFloat(factor) * shift
      }
      for channel in exact.indices {
        let estimate = sum[channel]
        let difference = exact[channel] - WideFloat(estimate.value.hi) - WideFloat(estimate.value.lo)
        #expect(difference.approximation.magnitude <= estimate.error)
        #expect(estimate.error < 0x1p-85)
      }
    }
  }

  @Test func `is known to be exact where two doubles hold it`() {
    let map = ChannelMap.rows(channels: 2, each: 3)
    let input = InputFold(
      affine: .norms([.multiplication([3]), .addition([0.5])]), inputMap: .rows(channels: 1, each: 6), outputMap: map)
    let sum = observed(input, [1, 0x1p-60, 2, 3, -3, 0], NumberFormat(.float32), factor: 1)
    #expect(sum[0].value == DoubleDouble(hi: 1.5, lo: 0x1p-61))
    #expect(sum[1].value == DoubleDouble(0))
    #expect(sum[0].error == 0 && sum[1].error == 0)
  }

  @Test func `does not look at the weight where all shifts are 0`() {
    let map = ChannelMap.rows(channels: 1, each: 2)
    let scales = InputFold(affine: .norm(gamma: 0.3, variance: 7), inputMap: map, outputMap: map)
    #expect(InputShiftSum(scales, weightFactor: 1).isZero)
    let sum = observed(scales, [.infinity, .nan], NumberFormat(.float32), factor: 1)
    #expect(sum[0].value == DoubleDouble(0) && sum[0].error == 0)
    // (0 − 3) / √9 + 1.
    let cancelling = ChannelAffine.norm(gamma: 1, beta: 1, mean: 3, variance: 9)
    #expect(InputShiftSum(InputFold(affine: cancelling, inputMap: map, outputMap: map), weightFactor: 1).isZero)
  }

  @Test(arguments: [Double.infinity, .nan])
  func `is no number where an element is none`(element: Double) {
    let map = ChannelMap.rows(channels: 1, each: 2)
    let input = InputFold(affine: .norms([.addition([1])]), inputMap: map, outputMap: map)
    #expect(!observed(input, [1, element], NumberFormat(.float32), factor: 1)[0].isFinite)
  }

  @Test(arguments: PairLayout.all)
  func `a weight of equal elements adds what a stored one does`(layout: PairLayout) throws {
    let (output, inputMap) = try (#require(layout.output.map), #require(layout.input.map))
    let input = InputFold(
      affine: .norms([.addition((0..<inputMap.channels).map { Double($0) })]), inputMap: inputMap, outputMap: output)
    var repeated = InputShiftSum(input, weightFactor: 1)
    repeated.observe(repeated: 0.75)
    let stored = observed(
      input, Array(repeating: 0.75, count: output.elementCount), NumberFormat(.float32), factor: 1)
    for channel in 0..<output.channels { #expect(repeated[channel].value == stored[channel].value) }
  }

  /// A transposed convolution `[2, 1, 3]` of which each output sees one of three taps.
  @Test func `of taps that stand for each other one counts`() {
    let map = ChannelMap.rows(channels: 1, each: 6)
    let input = InputFold(
      affine: .norms([.addition([2, 3])]), inputMap: .rows(channels: 2, each: 3), outputMap: map, seenTaps: (3, [0]))
    for pieces in 1...6 {
      var sum = InputShiftSum(input, weightFactor: 1)
      sum.observe([5, 5, 5, 7, 7, 7], as: NumberFormat(.float32), pieces: pieces)
      #expect(sum[0].value == DoubleDouble(31) && sum[0].error == 0)
    }
    var repeated = InputShiftSum(input, weightFactor: 1)
    repeated.observe(repeated: 5)
    #expect(repeated[0].value == DoubleDouble(25))
    let arithmetic = FoldArithmetic(
      affine: ChannelAffine(channels: 1), weightFactor: 1, biasFactor: 1, storage: .float32, input: input)
    var error = FoldError(arithmetic)
    let stored: [Float] = [5, 5, 5, 7, 7, 7]
    error.observe(original: stored.span, folded: stored.span, from: 0, map: map)
    error.observe(bias: 1, folded: 32, channel: 0)
    #expect(error.maxBiasUlp == 0 && error.maxWeightUlp == 0)
  }

  private func observed(_ input: InputFold, _ weights: [Double], _ format: NumberFormat, factor: Double)
    -> InputShiftSum
  {
    var sum = InputShiftSum(input, weightFactor: factor)
    sum.observe(weights, as: format, pieces: 4)
    return sum
  }
}
