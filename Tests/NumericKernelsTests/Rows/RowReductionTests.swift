import NumericKernels
import Testing

@Suite struct RowReductionTests {
  @Test(
    arguments: [
      (.sum, [6, -2]), (.mean, [2, -1]), (.product, [6, 0]), (.maximum, [3, 0]), (.minimum, [1, -2]),
    ] as [(RowReduction, [Double])])
  func `reduces each row`(reduction: RowReduction, expected: [Double]) {
    let x: [Double] = reduction.isOfThree ? [1, 2, 3, 0, -2, -1] : [1, 2, 3, 0, -2, 0]
    let result = reduction.reduced(x, rows: 2, width: 3)
    #expect(result == expected)
  }

  @Test func `norms and squares`() {
    let x: [Double] = [3, -4]
    #expect(RowReduction.sumOfMagnitudes.reduced(x, rows: 1, width: 2) == [7])
    #expect(RowReduction.sumOfSquares.reduced(x, rows: 1, width: 2) == [25])
    #expect(RowReduction.euclideanNorm.reduced(x, rows: 1, width: 2) == [5])
    #expect(RowReduction.logarithmOfSum.reduced([0.5, 0.5], rows: 1, width: 2) == [0])
  }

  @Test(
    arguments: [
      (.sum, 0), (.product, 1), (.maximum, -.infinity), (.minimum, .infinity), (.sumOfMagnitudes, 0),
      (.sumOfSquares, 0), (.euclideanNorm, 0), (.logarithmOfSum, -.infinity),
      (.logarithmOfSumOfExponentials, -.infinity),
    ] as [(RowReduction, Float)])
  func `an empty row gives what the reduction starts from`(reduction: RowReduction, expected: Float) {
    #expect(reduction.reduced([Float](), rows: 2, width: 0) == [expected, expected])
  }

  @Test func `the mean of nothing is NaN, and no row gives nothing`() {
    #expect(RowReduction.mean.reduced([Float](), rows: 1, width: 0)[0].isNaN)
    #expect(RowReduction.sum.reduced([Float](), rows: 0, width: 3) == [])
  }

  @Test(
    arguments: [
      .sum, .mean, .product, .maximum, .minimum, .sumOfMagnitudes, .euclideanNorm, .logarithmOfSumOfExponentials,
    ] as [RowReduction], [[.nan, 1], [1, .nan], [.nan, -.infinity], [.infinity, .nan]] as [[Double]])
  func `NaN makes its row NaN`(reduction: RowReduction, x: [Double]) {
    #expect(reduction.reduced(x, rows: 1, width: 2)[0].isNaN)
  }

  @Test func `sums of exponentials do not overflow`() {
    let rule = RowReduction.logarithmOfSumOfExponentials
    #expect(rule.reduced([1000, -1000] as [Double], rows: 1, width: 2) == [1000])
    #expect(rule.reduced([-.infinity, 3] as [Double], rows: 1, width: 2) == [3])
    #expect(rule.reduced([-.infinity, -.infinity] as [Double], rows: 1, width: 2) == [-.infinity])
    #expect(rule.reduced([.infinity, 1] as [Double], rows: 1, width: 2) == [.infinity])
  }

  @Test func `single numbers are summed in double precision`() {
    #expect(RowReduction.sum.reduced([0x1p30, 1, -0x1p30] as [Float], rows: 1, width: 3) == [1])
  }
}

extension RowReduction {
  fileprivate var isOfThree: Bool { if case .mean = self { true } else { false } }
}
