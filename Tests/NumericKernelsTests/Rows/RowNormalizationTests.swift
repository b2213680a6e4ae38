import NumericKernels
import Testing

@Suite struct RowNormalizationTests {
  private func normalized(_ rule: RowNormalization, _ x: [Double], width: Int) -> [Double] {
    var result = x
    rule.apply(to: &result, width: width)
    return result
  }

  @Test func `a softmax adds up to 1 row by row`() {
    #expect(normalized(.softmax, [0, 0, 5, 5], width: 2) == [0.5, 0.5, 0.5, 0.5])
    #expect(normalized(.softmax, [7], width: 1) == [1])
    let third = normalized(.softmax, [0, Double.logarithm(2), 1000, 1000 + Double.logarithm(2)], width: 2)
    #expect(abs(third[0] - 1.0 / 3) < 1e-15 && abs(third[3] - 2.0 / 3) < 1e-12)
  }

  @Test func `a softmax gives nothing to what is infinitely small`() {
    #expect(normalized(.softmax, [-.infinity, 0], width: 2) == [0, 1])
    #expect(normalized(.logSoftmax, [-.infinity, 0], width: 2) == [-.infinity, 0])
  }

  @Test(arguments: [[.infinity, 0], [-.infinity, -.infinity], [.nan, 0]] as [[Double]])
  func `a softmax without a finite largest element is NaN`(x: [Double]) {
    #expect(normalized(.softmax, x, width: 2).contains { $0.isNaN })
    #expect(normalized(.logSoftmax, x, width: 2).contains { $0.isNaN })
  }

  @Test func `a hardmax takes the first of the largest`() {
    #expect(normalized(.hardmax, [1, 3, 3, -1, -2, -3], width: 3) == [0, 1, 0, 1, 0, 0])
  }

  @Test func `a standardized row has mean 0 and variance 1`() {
    #expect(normalized(.standardized(epsilon: 0), [1, 3, 10, 30], width: 2) == [-1, 1, -1, 1])
    #expect(normalized(.standardized(epsilon: 3), [1, 3], width: 2) == [-0.5, 0.5])
    #expect(normalized(.standardized(epsilon: 1e-5), [4, 4], width: 2) == [0, 0])
    let (mean, inverse) = RowNormalization.statistics(of: [1, 3] as [Double], width: 2, epsilon: 3)
    #expect(mean == [2] && inverse == [0.5])
  }

  @Test func `a root mean square does not move the mean`() {
    #expect(normalized(.rootMeanSquare(epsilon: 0), [2, 2], width: 2) == [1, 1])
    #expect(normalized(.rootMeanSquare(epsilon: 3), [1, -1], width: 2) == [0.5, -0.5])
  }

  @Test func `rows of norm 0 stay`() {
    #expect(normalized(.unitMagnitude, [0, 0, 1, -3], width: 2) == [0, 0, 0.25, -0.75])
    #expect(normalized(.unitEuclidean, [0, 0, 3, -4], width: 2).prefix(2) == [0, 0])
    let unit = normalized(.unitEuclidean, [3, -4], width: 2)
    #expect(abs(unit[0] - 0.6) < 1e-15 && abs(unit[1] + 0.8) < 1e-15)
  }

  @Test func `rows without elements stay`() {
    #expect(normalized(.softmax, [], width: 0) == [])
    #expect(normalized(.softmax, [], width: 3) == [])
  }

  @Test func `channels are scaled and shifted, from image to image`() {
    var x: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
    mapChannels(of: &x, size: 2, scale: [10, 1], shift: [0, 0.5])
    #expect(x == [10, 20, 3.5, 4.5, 50, 60, 7.5, 8.5])
    mapChannels(of: &x, size: 0, scale: [1], shift: [1])
    #expect(x.first == 10)
  }
}
