import Tensors
import Testing

@testable import BatchNormFolding

/// Weights with maps in front of the operator and beside it; judged by exact integers.
extension FoldArithmeticTests {
  /// What stands on the two sides.
  enum Sides: CaseIterable, Sendable { case input, both, ones }

  @Test(arguments: PairLayout.all, NumberFormat.all)
  func `rounds weights correctly between two maps, in any pieces`(layout: PairLayout, format: NumberFormat) throws {
    for sides in Sides.allCases {
      var generator = SeededGenerator(seed: 71)
      let (affine, input) = try maps(layout, sides, using: &generator)
      for factor in [1, -0.75] {
        let arithmetic = FoldArithmetic(affine, weightFactor: factor, as: format, input: input)
        expectSides(arithmetic, weights(layout, format, using: &generator), layout, as: format)
      }
    }
  }

  @Test(arguments: PairLayout.all, NumberFormat.all)
  func `adds the scale of a parallel map to one element a channel and rounds once`(
    layout: PairLayout, format: NumberFormat
  ) throws {
    for sides in Sides.allCases {
      var generator = SeededGenerator(seed: 73)
      let (affine, input) = try maps(layout, sides, using: &generator)
      let elements = try (0..<affine.channels).map { try #require(layout.output.channels.lastIndex(of: $0)) }
      let beside = ChannelAffine.norms([.trained(channels: affine.channels, using: &generator)])
      // The third nearly takes away what the second adds.
      let factors = [0.75, -0.75 - 0x1p-60].map { factor in
        ChannelAffine.norms([.multiplication(elements.indices.map { Double($0 + 1) * factor })])
      }
      for maps in [[beside], [beside] + factors] {
        let arithmetic = FoldArithmetic(
          affine, as: format, input: input, parallel: ParallelFold(maps, elements: elements))
        expectSides(arithmetic, weights(layout, format, using: &generator), layout, as: format)
      }
    }
  }

  /// Few bits on both sides make ties of every other product; a third on either side hides them.
  @Test(arguments: NumberFormat.all, [(1.0, 9.0), (9, 1), (2, 4.5), (1, 1)])
  func `sees ties between two scales`(format: NumberFormat, variances: (Double, Double)) throws {
    let layout = PairLayout.all[0]
    let (map, inputMap) = try (#require(layout.output.map), #require(layout.input.map))
    let affine = ChannelAffine.norms([uniform(map.channels, gamma: 3, variance: variances.0)])
    let front = ChannelAffine.norms([uniform(inputMap.channels, gamma: 7, variance: variances.1)])
    let arithmetic = FoldArithmetic(
      affine, as: format, input: InputFold(affine: front, inputMap: inputMap, outputMap: map))
    var generator = SeededGenerator(seed: 79)
    let bits = format.storage.significandBits
    let weights = (0..<map.elementCount).map { _ in Double(generator.oddNumber(bits: min(bits, 52))) * 0x1p-10 }
    expectSides(arithmetic, weights.map { format.near($0) }, layout, as: format)
  }

  @Test(arguments: NumberFormat.all, [(1e-150, 1e150), (1e150, 1e-150), (0, 1e200), (-1e-100, -0.5)])
  func `rounds once though a side's scales are huge or tiny`(format: NumberFormat, scales: (Double, Double)) throws {
    let layout = PairLayout.all[1]
    let (map, inputMap) = try (#require(layout.output.map), #require(layout.input.map))
    func step(_ channels: Int, _ scale: Double) -> ChannelAffine.Step {
      .multiplication((0..<channels).map { $0 % 3 == 1 ? 0.3 : scale * Double($0 + 1) })
    }
    let arithmetic = FoldArithmetic(
      .norms([step(map.channels, scales.0)]), as: format,
      input: InputFold(affine: .norms([step(inputMap.channels, scales.1)]), inputMap: inputMap, outputMap: map))
    var generator = SeededGenerator(seed: 83)
    expectSides(arithmetic, weights(layout, format, using: &generator), layout, as: format)
  }

  @Test(arguments: NumberFormat.all)
  func `counts what overflows beside a parallel map once`(format: NumberFormat) {
    let map = ChannelMap.rows(channels: 2, each: 3)
    let weights = [format.largest, 1, .infinity, format.largest, 0, -1]
    let parallel = ParallelFold([.norms([.multiplication([-format.largest, 1])])], elements: [0, 3])
    let arithmetic = FoldArithmetic(.norms([.multiplication([1, 2])]), as: format, parallel: parallel)
    let (folded, outcome) = arithmetic.scaled(weights, map: map)
    #expect(folded == [0, 1, .infinity, .infinity, 0, -2])
    #expect((outcome.newNonFinite, outcome.oldNonFinite) == (1, 1))
  }

  @Test func `a parallel element of another channel is a caller's mistake`() async {
    await #expect(processExitsWith: .failure) {
      let parallel = ParallelFold([.norms([.multiplication([1, 1])])], elements: [1, 0])
      let arithmetic = FoldArithmetic(ChannelAffine(channels: 2), as: NumberFormat(.float32), parallel: parallel)
      _ = arithmetic.scaled([1, 2], map: .rows(channels: 2, each: 1))
    }
  }

  @Test func `a map in front of another weight is a caller's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = InputFold(
        affine: .norm(), inputMap: .rows(channels: 1, each: 3), outputMap: .rows(channels: 1, each: 2))
    }
  }

  func maps(
    _ layout: PairLayout, _ sides: Sides, using generator: inout SeededGenerator
  ) throws -> (affine: ChannelAffine, input: InputFold) {
    let (map, inputMap) = try (#require(layout.output.map), #require(layout.input.map))
    let affine = ChannelAffine.norms([
      .trained(channels: map.channels, using: &generator),
      .multiplication((0..<map.channels).map { $0 % 4 == 3 ? 0 : -1 }),
    ])
    let front = ChannelAffine.norms([.trained(channels: inputMap.channels, using: &generator)])
    return (
      sides == .both ? affine : ChannelAffine(channels: map.channels),
      InputFold(
        affine: sides == .ones ? ChannelAffine(channels: inputMap.channels) : front, inputMap: inputMap, outputMap: map)
    )
  }

  private func uniform(_ channels: Int, gamma: Double, variance: Double) -> ChannelAffine.Step {
    func all(_ value: Double) -> [Double] { Array(repeating: value, count: channels) }
    return .normalization(gamma: all(gamma), beta: all(0), mean: all(0), variance: all(variance), epsilon: 0)
  }

  private func weights(
    _ layout: PairLayout, _ format: NumberFormat, using generator: inout SeededGenerator
  ) -> [Double] {
    layout.output.channels.indices.map { index in
      index % 5 == 0 ? format.random(using: &generator) : format.near(generator.single(exponents: -8...0))
    }
  }

  /// The scale of a map that multiplies by stored numbers.
  private static func factor(_ affine: ChannelAffine, _ channel: Int) -> Dyadic {
    affine.steps.reduce(Dyadic(1)) { product, step in
      guard case .multiplication(let values) = step else { preconditionFailure("further maps must be products") }
      return product * Dyadic(values[channel])
    }
  }

  /// Expects that every element is rounded correctly, in one piece and in many.
  ///
  /// Of several parallel maps all but the first multiply by stored numbers.
  private func expectSides(
    _ arithmetic: FoldArithmetic, _ weights: [Double], _ layout: PairLayout, as format: NumberFormat,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard let map = layout.output.map, let input = arithmetic.input else {
      Issue.record("a layout must have its maps", sourceLocation: sourceLocation)
      return
    }
    let exact = weights.indices.map { index in
      ExactFold(
        arithmetic.affine.gathered([layout.output.channels[index]])
          .composed(with: input.affine.gathered([layout.input.channels[index]])), channel: 0)
    }
    let (whole, outcome) = arithmetic.scaled(weights, map: map)
    expectRounded(whole, as: format, sourceLocation: sourceLocation) { index, bound in
      let channel = layout.output.channels[index]
      guard let parallel = arithmetic.parallel, parallel.elements[channel] == index else {
        return exact[index].side(ofWeight: weights[index], factor: arithmetic.weightFactor, from: bound)
      }
      return exact[index].side(
        ofWeight: weights[index], factor: arithmetic.weightFactor,
        plusScaleOf: ExactFold(parallel.maps[0], channel: channel),
        from: parallel.maps.dropFirst().reduce(bound) { $0 - Self.factor($1, channel) })
    }
    let (joined, sum) = arithmetic.scaled(weights, map: map, pieces: [1, 2, 7, 3, 11, 5, 1, 13])
    expectEqual(joined, whole, as: format, sourceLocation: sourceLocation)
    #expect(sum == outcome, sourceLocation: sourceLocation)
  }
}
