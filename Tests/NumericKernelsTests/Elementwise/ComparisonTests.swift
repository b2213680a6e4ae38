import NumericKernels
import Testing

@Suite struct ComparisonTests {
  private static let all: [Comparison] = [.equal, .less, .lessOrEqual, .greater, .greaterOrEqual]

  @Test(
    arguments: [
      (.equal, [false, true, false]), (.less, [true, false, false]), (.lessOrEqual, [true, true, false]),
      (.greater, [false, false, true]), (.greaterOrEqual, [false, true, true]),
    ] as [(Comparison, [Bool])])
  func `holds as its name says`(relation: Comparison, expected: [Bool]) {
    #expect(relation.holds([1, 2, 3] as [Float], [3], [2, 2, 2], [3], to: [3]) == expected)
    #expect(relation.holds([1, 2, 3] as [Int64], [3], [2], [], to: [3]) == expected)
  }

  @Test(arguments: all)
  func `no relation holds for NaN`(relation: Comparison) {
    #expect(relation.holds([.nan, .nan, 1] as [Double], [3], [.nan, 1, .nan], [3], to: [3]) == [false, false, false])
  }

  @Test func `both operands repeat`() {
    #expect(
      Comparison.less.holds([1, 5] as [Float], [2, 1], [0, 3, 6], [3], to: [2, 3])
        == [false, true, true, false, false, true])
  }

  @Test func `zeros of either sign are equal, and infinities are ordered`() {
    #expect(Comparison.equal.holds([0.0], [1], [-0.0], [1], to: [1]) == [true])
    #expect(Comparison.less.holds([-.infinity] as [Double], [1], [.infinity], [1], to: [1]) == [true])
  }

  @Test func `unsigned numbers count their highest bit`() {
    #expect(Comparison.greater.holds([UInt64.max], [1], [1], [1], to: [1]) == [true])
  }
}
