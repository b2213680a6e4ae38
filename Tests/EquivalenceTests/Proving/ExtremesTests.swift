import Testing

@testable import Equivalence

@Suite struct ExtremesTests {
  private let numbers: [Double] = [-3, 0, -0.0, 2.5, -7, 1e-300]

  @Test func `the extremes of numbers of either sign`() {
    let extremes = numbers.span.extremes
    #expect(extremes.least == -7 && extremes.greatest == 2.5 && numbers.span.largestMagnitude == 7)
    let negative: [Double] = [-3, -1]
    #expect(negative.span.extremes.greatest == -1)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `what is not finite shows`(odd: Double) {
    let all = numbers + [odd]
    let extremes = all.span.extremes
    #expect(!extremes.least.isFinite || !extremes.greatest.isFinite)
    #expect(!all.span.largestMagnitude.isFinite)
    #expect(!numbers.span.largestDistance(from: (Array(numbers.dropLast()) + [odd]).span).isFinite)
  }

  @Test(arguments: [1, 3, 4, 9]) func `distances of any number of elements`(count: Int) {
    let zeros = [Double](repeating: 0, count: count)
    let others = (0..<count).map { Float($0) }
    #expect(zeros.span.largestDistance(from: others.span) == Double(count - 1))
    #expect(zeros.span.squaredDistance(from: others.span) == (0..<count).reduce(0) { $0 + Double($1 * $1) })
  }
}
