import Tensors
import Testing

@testable import BatchNormFolding

/// A weight comes in chunks that begin and end anywhere.
extension FoldArithmeticTests {
  @Test(arguments: WeightLayout.all, NumberFormat.all)
  func `scales in any pieces as it scales the whole`(layout: WeightLayout, format: NumberFormat) throws {
    var generator = SeededGenerator(seed: 59)
    let map = try #require(layout.map)
    let affine = ChannelAffine.norms([.trained(channels: map.channels, using: &generator)])
    let arithmetic = FoldArithmetic(affine, as: format)
    let weights = (0..<map.elementCount).map { _ in format.near(generator.single(exponents: -8...0)) }
    let expected = weights.indices.map { arithmetic.weight(weights[$0], channel: layout.channels[$0]) }
    let (whole, outcome) = arithmetic.scaled(weights, map: map)
    expectSame(whole, expected, as: format)
    for _ in 0..<8 {
      let pieces = (0..<30).map { _ in Int.random(in: 1...7, using: &generator) }
      let (joined, sum) = arithmetic.scaled(weights, map: map, pieces: pieces)
      expectEqual(joined, whole, as: format)
      #expect(sum == outcome)
    }
  }

  @Test func `a chunk past the end of the weight is a caller's mistake`() async {
    await #expect(processExitsWith: .failure) {
      let arithmetic = FoldArithmetic(.norm(), as: NumberFormat(.float32))
      _ = arithmetic.scaled([1, 2, 3], map: .rows(channels: 1, each: 2))
    }
  }

  @Test func `elements of another type than the fold's are a caller's mistake`() async {
    await #expect(processExitsWith: .failure) {
      let arithmetic = FoldArithmetic(.norm(), as: NumberFormat(.float32))
      var elements: [Double] = [1]
      var span = elements.mutableSpan
      _ = arithmetic.scale([2.0].span, into: &span, from: 0, map: .rows(channels: 1, each: 1))
    }
  }

  @Test func `a target of another length is a caller's mistake`() async {
    await #expect(processExitsWith: .failure) {
      let arithmetic = FoldArithmetic(.norm(), as: NumberFormat(.float64))
      var elements: [Double] = [1]
      var span = elements.mutableSpan
      _ = arithmetic.scale([2.0, 3.0].span, into: &span, from: 0, map: .rows(channels: 1, each: 2))
    }
  }

  /// float64 may differ in the last place, as the fast way and the careful one do.
  private func expectSame(_ values: [Double], _ expected: [Double], as format: NumberFormat) {
    guard format.storage == .float64 else { return expectEqual(values, expected, as: format) }
    #expect(zip(values, expected).allSatisfy { abs($0 - $1) <= format.storage.ulp(of: $1) })
  }
}
