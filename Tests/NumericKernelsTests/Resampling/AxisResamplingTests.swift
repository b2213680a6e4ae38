import NumericKernels
import Testing

@Suite struct AxisResamplingTests {
  @Test(
    arguments: [
      (.halfPixel, [-0.25, 0.25, 0.75, 1.25]), (.pytorchHalfPixel, [-0.25, 0.25, 0.75, 1.25]),
      (.symmetricHalfPixel, [-0.25, 0.25, 0.75, 1.25]), (.asymmetric, [0, 0.5, 1, 1.5]),
      (.tensorFlowHalfPixel, [0.25, 0.75, 1.25, 1.75]), (.alignCorners, [0, 1.0 / 3, 2.0 / 3, 1]),
      (.cropped(start: 0, end: 1), [0, 1.0 / 3, 2.0 / 3, 1]),
    ] as [(AxisResampling.Coordinates, [Double])])
  func `puts places after among those before`(coordinates: AxisResampling.Coordinates, expected: [Double]) {
    let axis = AxisResampling(before: 2, after: 4, scale: 2, coordinates: coordinates)
    #expect((0..<4).map(axis.coordinate) == expected)
  }

  @Test(
    arguments: [
      (.pytorchHalfPixel, 0), (.alignCorners, 0), (.halfPixel, 2), (.cropped(start: 0.25, end: 0.75), 2),
    ] as [(AxisResampling.Coordinates, Double)])
  func `one place after has a place of its own`(coordinates: AxisResampling.Coordinates, expected: Double) {
    #expect(AxisResampling(before: 5, after: 1, scale: 0.2, coordinates: coordinates).coordinate(0) == expected)
  }

  @Test func `half pixels stay about the centre where the size was rounded`() {
    // A scale of 0.6 makes 3 of 5, but 2 of 4 rather than 2.4.
    let axis = AxisResampling(before: 4, after: 2, scale: 0.6, coordinates: .symmetricHalfPixel)
    #expect(abs(axis.coordinate(0) + axis.coordinate(1) - 3) < 1e-12)
  }

  @Test(
    arguments: [
      (.roundPreferFloor, [0, 0, 1, 1]), (.roundPreferCeil, [0, 1, 1, 1]), (.floor, [0, 0, 1, 1]),
      (.ceil, [0, 1, 1, 1]), (.legacy, [0, 0, 1, 1]),
    ] as [(AxisResampling.Nearest, [Int])])
  func `the nearest of two neighbours is the rule's`(rule: AxisResampling.Nearest, expected: [Int]) {
    #expect(AxisResampling(before: 2, after: 4, scale: 2, coordinates: .asymmetric).nearest(rule) == expected)
  }

  @Test func `before opset 11 making smaller rounds up`() {
    let axis = AxisResampling(before: 5, after: 3, scale: 0.6, coordinates: .asymmetric)
    #expect(axis.nearest(.legacy) == [0, 2, 4])
    #expect(axis.nearest(.floor) == [0, 1, 3])
  }

  @Test(arguments: [.linear, .cubic(a: -0.75), .cubic(a: -0.5)] as [AxisResampling.Filter], [true, false])
  func `weights add up to 1`(filter: AxisResampling.Filter, smooths: Bool) {
    for (before, after) in [(4, 9), (9, 4), (5, 5), (7, 1), (1, 3)] {
      let axis = AxisResampling(
        before: before, after: after, scale: Double(after) / Double(before), coordinates: .halfPixel)
      for excludes in [true, false] {
        let taps = axis.taps(filter, smooths: smooths, excludesOutside: excludes)
        #expect(taps.count == after)
        #expect(taps.allSatisfy { abs($0.reduce(0) { $0 + $1.weight } - 1) < 1e-12 })
        #expect(taps.joined().allSatisfy { 0 <= $0.place && $0.place < before })
      }
    }
  }

  @Test func `a linear filter weighs two neighbours`() {
    let taps = AxisResampling(before: 2, after: 4, scale: 2, coordinates: .asymmetric)
      .taps(.linear, smooths: false, excludesOutside: false)
    #expect(taps[1].map(\.place) == [0, 1] && taps[1].map(\.weight) == [0.5, 0.5])
    #expect(taps[2].map(\.place) == [1] && taps[2].map(\.weight) == [1])
    #expect(taps[3].map(\.place) == [1, 1])
  }

  @Test func `a cubic filter half way is Keys's`() {
    let taps = AxisResampling(before: 8, after: 16, scale: 2, coordinates: .asymmetric)
      .taps(.cubic(a: -0.75), smooths: false, excludesOutside: false)
    #expect(taps[5].map(\.place) == [1, 2, 3, 4])
    #expect(taps[5].map(\.weight) == [-0.09375, 0.59375, 0.59375, -0.09375])
  }

  @Test func `only a cropped axis has places outside`() {
    let axis = AxisResampling(before: 3, after: 3, scale: 1, coordinates: .cropped(start: 0, end: 1.5))
    #expect((0..<3).map(axis.isInside) == [true, true, false])
    #expect(AxisResampling(before: 2, after: 4, scale: 2, coordinates: .halfPixel).isInside(0))
  }

  @Test func `sums go along the middle axis`() {
    let taps: [[(place: Int, weight: Double)]] = [[(0, 0.5), (1, 0.5)], [(1, 1)], []]
    #expect(
      resample([1, 2, 3, 4, 5, 6, 7, 8] as [Float], outer: 2, before: 2, inner: 2, taps)
        == [2, 3, 3, 4, 0, 0, 6, 7, 7, 8, 0, 0])
  }
}
