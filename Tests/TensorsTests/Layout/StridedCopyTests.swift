import Testing

@testable import Tensors

@Suite struct StridedCopyTests {
  private let matrix = [1, 2, 3, 4, 5, 6]

  @Test func `a transposition orders the axes anew`() {
    #expect(StridedCopy.transposition(of: [2, 3], by: [1, 0]).elements(of: matrix) == [1, 4, 2, 5, 3, 6])
    #expect(StridedCopy.transposition(of: [2, 3], by: [0, 1]).elements(of: matrix) == matrix)
    #expect(
      StridedCopy.transposition(of: [2, 1, 3], by: [2, 1, 0]).elements(of: matrix) == [1, 4, 2, 5, 3, 6])
  }

  @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
  func `every order of three axes is walked`(order: [Int]) {
    let shape = [2, 3, 4]
    let source = Array(0..<24)
    let expected = places(of: order.map { shape[$0] }).map { place in
      source[(0..<3).reduce(0) { $0 + place[$1] * Shape.strides(of: shape)[order[$1]] }]
    }
    #expect(StridedCopy.transposition(of: shape, by: order).elements(of: source) == expected)
  }

  @Test func `a negative stride walks backwards`() {
    #expect(StridedCopy(shape: [3], strides: [-1], offset: 5).elements(of: matrix) == [6, 5, 4])
    #expect(StridedCopy(shape: [2, 2], strides: [-3, -2], offset: 5).elements(of: matrix) == [6, 4, 3, 1])
  }

  @Test func `an expansion repeats axes of size 1 and missing ones`() {
    #expect(StridedCopy.expansion(of: [3], to: [2, 3]).elements(of: [1, 2, 3]) == [1, 2, 3, 1, 2, 3])
    #expect(StridedCopy.expansion(of: [2, 1], to: [2, 3]).elements(of: [1, 2]) == [1, 1, 1, 2, 2, 2])
    #expect(StridedCopy.expansion(of: [], to: [2, 2]).elements(of: [7]) == [7, 7, 7, 7])
    #expect(StridedCopy.expansion(of: [1, 2, 1], to: [2, 2, 2]).elements(of: [1, 2]) == [1, 1, 2, 2, 1, 1, 2, 2])
  }

  @Test func `axes that lie as one are merged and those of size 1 left out`() {
    let whole = StridedCopy(shape: [2, 1, 3, 4], strides: [12, 99, 4, 1])
    #expect(whole.shape == [24] && whole.strides == [1])
    let apart = StridedCopy(shape: [2, 3], strides: [4, 1])
    #expect(apart.shape == [2, 3] && apart.strides == [4, 1])
    let repeated = StridedCopy(shape: [2, 3], strides: [0, 0])
    #expect(repeated.shape == [6] && repeated.strides == [0])
  }

  @Test func `a copy of nothing or of one element is that`() {
    #expect(StridedCopy(shape: [2, 0, 3], strides: [1, 1, 1]).elements(of: matrix) == [])
    #expect(StridedCopy(shape: [2], strides: [1]).elements(of: [Int]()) == [])
    #expect(StridedCopy(shape: [], strides: [], offset: 4).elements(of: matrix) == [5])
    #expect(StridedCopy(shape: [1, 1], strides: [3, 1], offset: 2).elements(of: matrix) == [3])
    #expect(StridedCopy(shape: [3], strides: [1], offset: 1).elements(of: matrix) == [2, 3, 4])
  }

  @Test func `scattering puts elements where copying takes them`() {
    var target = [0, 0, 0, 0, 0, 0]
    StridedCopy.transposition(of: [2, 3], by: [1, 0]).scatter([1, 2, 3, 4, 5, 6], into: &target)
    #expect(target == [1, 3, 5, 2, 4, 6])
    StridedCopy(shape: [2], strides: [-4], offset: 5).scatter([8, 9], into: &target)
    #expect(target == [1, 9, 5, 2, 4, 8])
    StridedCopy(shape: [], strides: [], offset: 3).scatter([7], into: &target)
    #expect(target == [1, 9, 5, 7, 4, 8])
    StridedCopy(shape: [0], strides: [1]).scatter([], into: &target)
    #expect(target == [1, 9, 5, 7, 4, 8])
  }

  @Test func `text is copied as numbers are`() {
    #expect(
      StridedCopy.transposition(of: [2, 2], by: [1, 0]).elements(of: ["a", "b", "c", "d"]) == ["a", "c", "b", "d"])
  }
}
