import Testing

@testable import BatchNormFolding

/// Maps in front of the operator and beside it.
extension FoldErrorTests {
  @Test(arguments: PairLayout.all, NumberFormat.all)
  func `is at most half a last place between two maps, for weights and biases`(
    layout: PairLayout, format: NumberFormat
  ) throws {
    let (arithmetic, weights) = try sided(layout, format)
    let (error, folded) = try measured(arithmetic, weights, layout, format) { $0 }
    let most = format.storage == .float64 ? 1 : 0.5
    #expect(error.needsWeightForBias)
    #expect(error.maxWeightUlp > 0.2 && error.maxWeightUlp <= most)
    #expect(error.maxBiasUlp > 0 && error.maxBiasUlp <= most)
    #expect(folded.count == weights.count)
  }

  @Test(arguments: PairLayout.all, NumberFormat.all)
  func `tells how far a changed element is from where it belongs between two maps`(
    layout: PairLayout, format: NumberFormat
  ) throws {
    let (arithmetic, weights) = try sided(layout, format)
    for changed in [0, weights.count / 2, weights.count - 1] {
      let (error, _) = try measured(arithmetic, weights, layout, format) { folded in
        var folded = folded
        folded[changed] += 7 * format.storage.ulp(of: folded[changed])
        return folded
      }
      // The last place of the exact element is another's just beside a power of two.
      #expect(error.maxWeightUlp > 3 && error.maxWeightUlp < 14.5)
    }
  }

  private func sided(
    _ layout: PairLayout, _ format: NumberFormat
  ) throws -> (FoldArithmetic, [Double]) {
    var generator = SeededGenerator(seed: 5)
    let (map, inputMap) = try (#require(layout.output.map), #require(layout.input.map))
    let input = InputFold(
      affine: .norms([.trained(channels: inputMap.channels, using: &generator)]), inputMap: inputMap, outputMap: map)
    let parallel = ParallelFold(
      [.norms([.trained(channels: map.channels, using: &generator)])],
      elements: try (0..<map.channels).map { try #require(layout.output.channels.firstIndex(of: $0)) })
    let weights = layout.output.channels.map { _ in format.near(generator.single(exponents: -4...0)) }
    return (
      FoldArithmetic(
        .norms([.trained(channels: map.channels, using: &generator)]), weightFactor: 1.5, as: format, input: input,
        parallel: parallel), weights
    )
  }

  private func measured(
    _ arithmetic: FoldArithmetic, _ weights: [Double], _ layout: PairLayout, _ format: NumberFormat,
    changing: ([Double]) -> [Double]
  ) throws -> (FoldError, [Double]) {
    let map = try #require(layout.output.map)
    let folded = changing(arithmetic.scaled(weights, map: map).values)
    var error = FoldError(arithmetic)
    error.observe(weights, folded, map, as: format, pieces: 7)
    observeBiases(arithmetic, weights, format, in: &error)
    return (error, folded)
  }

  private func observeBiases(
    _ arithmetic: FoldArithmetic, _ weights: [Double], _ format: NumberFormat, in error: inout FoldError
  ) {
    guard let input = arithmetic.input else { return }
    var sum = InputShiftSum(input, weightFactor: arithmetic.weightFactor)
    sum.observe(weights, as: format, pieces: 5)
    for channel in 0..<arithmetic.affine.channels {
      let folded = arithmetic.bias(0.375, channel: channel, addend: sum[channel])
      error.observe(bias: 0.375, folded: folded, channel: channel)
    }
  }
}

extension FoldError {
  /// Compares elements that a type holds, in pieces of a size.
  mutating func observe(
    _ original: [Double], _ folded: [Double], _ map: ChannelMap, as format: NumberFormat, pieces: Int
  ) {
    switch format.storage {
    case .float16: observe(original.map { Float16($0) }, folded.map { Float16($0) }, map, pieces)
    case .bfloat16:
      observe(original.map(BFloat16.init(representing:)), folded.map(BFloat16.init(representing:)), map, pieces)
    case .float32: observe(original.map { Float($0) }, folded.map { Float($0) }, map, pieces)
    case .float64: observe(original, folded, map, pieces)
    }
  }

  private mutating func observe<Element: StoredElement>(
    _ original: [Element], _ folded: [Element], _ map: ChannelMap, _ pieces: Int
  ) {
    for first in stride(from: 0, to: original.count, by: pieces) {
      let range = first..<min(first + pieces, original.count)
      observe(original: Array(original[range]).span, folded: Array(folded[range]).span, from: first, map: map)
    }
  }
}
