import Testing

@testable import BatchNormFolding

/// Biases with shifts in front of the operator and beside it; judged by exact integers.
extension FoldArithmeticTests {
  /// All channels in front have one variance, so that the sum has one root.
  @Test(arguments: PairLayout.all, NumberFormat.all)
  func `rounds biases correctly that take shifts in`(layout: PairLayout, format: NumberFormat) throws {
    for variance in [2.5, 9, 16] {
      for hasNorm in [true, false] {
        try expectBiases(layout, format, variance: variance, hasNorm: hasNorm)
      }
    }
  }

  @Test(arguments: NumberFormat.all.filter { $0.storage != .float64 })
  func `sees ties of biases that take shifts in`(format: NumberFormat) {
    let half = format.storage.ulp(of: 1) / 2
    let map = ChannelMap.rows(channels: 1, each: 2)
    for (variance, mean) in [(4.0, -2.0), (9, -3)] {
      let front = ChannelAffine.norm(gamma: 1, mean: mean, variance: variance)
      let input = InputFold(affine: front, inputMap: map, outputMap: map)
      for (bias, expected) in [(1.0, 1.0), (1 + 2 * half, 1 + 4 * half)] {
        var sum = InputShiftSum(input, weightFactor: 1)
        sum.observe([half, 0], as: format, pieces: 1)
        let arithmetic = FoldArithmetic(ChannelAffine(channels: 1), as: format, input: input)
        #expect(arithmetic.bias(bias, channel: 0, addend: sum[0]) == expected)
        #expect(arithmetic.bias(-half, channel: 0, addend: sum[0]) == 0)
      }
    }
  }

  @Test(arguments: NumberFormat.all)
  func `a bias is infinite where the sum of the shifts is no number`(format: NumberFormat) {
    let map = ChannelMap.rows(channels: 1, each: 1)
    let input = InputFold(affine: .norms([.addition([1])]), inputMap: map, outputMap: map)
    var sum = InputShiftSum(input, weightFactor: 1)
    sum.observe([.infinity], as: format, pieces: 1)
    #expect(FoldArithmetic(.norm(), as: format, input: input).bias(1, channel: 0, addend: sum[0]) == .infinity)
  }

  private func expectBiases(
    _ layout: PairLayout, _ format: NumberFormat, variance: Double, hasNorm: Bool
  ) throws {
    var generator = SeededGenerator(seed: 97)
    let (map, inputMap) = try (#require(layout.output.map), #require(layout.input.map))
    func vector(_ count: Int) -> [Double] { (0..<count).map { _ in generator.single(exponents: -3...2) } }
    let (gamma, beta, mean) = (vector(inputMap.channels), vector(inputMap.channels), vector(inputMap.channels))
    let front = ChannelAffine.norms([
      .normalization(
        gamma: gamma, beta: beta, mean: mean, variance: gamma.map { _ in variance }, epsilon: 0)
    ])
    let input = InputFold(affine: front, inputMap: inputMap, outputMap: map)
    let affine = ChannelAffine.norms([
      hasNorm ? .trained(channels: map.channels, using: &generator) : .addition(vector(map.channels))
    ])
    let beside = ChannelAffine.norms([.multiplication(vector(map.channels)), .addition(vector(map.channels))])
    guard case .addition(let shifts) = beside.steps[1] else { return }
    let elements = try (0..<map.channels).map { try #require(layout.output.channels.firstIndex(of: $0)) }
    let weights = layout.output.channels.map { _ in format.near(generator.single(exponents: -8...0)) }
    let biases = vector(map.channels).map { format.near($0) }
    for parallel in [nil, ParallelFold([beside], elements: elements)] {
      let arithmetic = FoldArithmetic(
        affine, weightFactor: 0.75, biasFactor: -2, as: format, input: input, parallel: parallel)
      var sum = InputShiftSum(input, weightFactor: 0.75)
      sum.observe(weights, as: format, pieces: 7)
      let folded = biases.indices.map { arithmetic.bias(biases[$0], channel: $0, addend: sum[$0]) }
      expectRounded(folded, as: format) { channel, bound in
        var (whole, numerator) = (Dyadic(biases[channel]) * Dyadic(-2), Dyadic(0))
        for (element, weight) in weights.enumerated() where layout.output.channels[element] == channel {
          let (product, front) = (Dyadic(weight) * Dyadic(0.75), layout.input.channels[element])
          whole = whole + product * Dyadic(beta[front])
          numerator = numerator - product * Dyadic(mean[front]) * Dyadic(gamma[front])
        }
        return ExactFold(affine, channel: channel).side(
          ofSum: whole, root: (numerator, Dyadic(variance)),
          from: parallel == nil ? bound : bound - Dyadic(shifts[channel]))
      }
    }
  }
}
