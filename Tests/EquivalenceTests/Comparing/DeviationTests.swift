import Equivalence
import Foundation
import Tensors
import Testing

@Suite struct DeviationTests {
  private func deviation(_ expected: Value, _ actual: Value, _ tolerance: Tolerance = .none) -> Deviation {
    Deviation("v", .own, expected: expected, actual: actual, tolerance)
  }

  @Test func `says which value, its shape, type and number of elements`() {
    let found = Deviation("v", .float64, expected: vector([1, 2]), actual: vector([1, 2] as [Float]), .none)
    #expect(found.name == "v" && found.precision == .float64 && found.shape == [2])
    #expect(found.type == "float32" && found.elements == 2 && found.isWithinTolerance)
    #expect(found.maxAbsoluteError == 0 && found.maxRelativeError == 0 && found.rootMeanSquareError == 0)
  }

  @Test func `measures the largest and the mean error`() {
    let found = deviation(doubles([1, -2, 0, 4]), doubles([1, -1, 0, 1]), Tolerance(relative: 0, absolute: 2))
    #expect(found.maxAbsoluteError == 3 && found.maxRelativeError == 0.75 && found.range == 6)
    #expect(found.rootMeanSquareError == (10.0 / 4).squareRoot())
    #expect(found.mismatches == 1 && !found.isWithinTolerance && found.difference == nil)
  }

  @Test(arguments: [0x1p-1040, 0x1p-600, 1, 0x1p600, 0x1p1000] as [Double])
  func `numbers whose squares are no doubles are measured as others are`(scale: Double) throws {
    let found = deviation(doubles([3 * scale, -4 * scale]), doubles([3 * scale, -3 * scale]))
    #expect(found.maxAbsoluteError == scale && found.maxRelativeError == 0.25)
    #expect(abs(try #require(found.rootMeanSquareError) / scale - 0.5.squareRoot()) < 1e-9)
    #expect(abs(try #require(found.cosine) - 21 / (5 * 18.0.squareRoot())) < 1e-9)
    #expect(abs(try #require(found.signalToNoise) - 10 * log10(25)) < 1e-9)
  }

  @Test func `an element expected to be 0 has no relative error`() {
    let found = deviation(doubles([0, 2]), doubles([1, 2]))
    #expect(found.maxAbsoluteError == 1 && found.maxRelativeError == 0)
  }

  @Test(arguments: [.nan, .infinity, -.infinity] as [Float])
  func `what is not finite is equal to itself`(element: Float) {
    let found = deviation(vector([element, 1]), vector([element, 1]))
    #expect(found.isWithinTolerance && found.maxAbsoluteError == 0 && found.range == 0)
  }

  @Test(
    arguments: [
      (.nan, 1), (1, .nan), (.infinity, 1), (1, .infinity), (.infinity, -.infinity), (.nan, .infinity),
      (.infinity, .nan),
    ] as [(Float, Float)], [1, .infinity] as [Double])
  func `what is finite on one side only is beyond every tolerance`(pair: (Float, Float), relative: Double) {
    let generous = Tolerance(relative: relative, absolute: 1e30, rangeShare: 1)
    let found = deviation(vector([pair.0, 0]), vector([pair.1, 0]), generous)
    #expect(found.mismatches == 1 && found.maxAbsoluteError == nil && found.maxRelativeError == nil)
    #expect(found.rootMeanSquareError == nil)
  }

  @Test(
    arguments: [
      (Tolerance(relative: 0, absolute: 0.5), 10.5, 0), (Tolerance(relative: 0, absolute: 0.5), 10.5.nextUp, 1),
      (Tolerance(relative: 0.25, absolute: 0), 12.5, 0), (Tolerance(relative: 0.25, absolute: 0), 12.5.nextUp, 1),
      (Tolerance(relative: 0, absolute: 0, rangeShare: 0.5), 15, 0),
      (Tolerance(relative: 0, absolute: 0, rangeShare: 0.5), 15.0.nextUp, 1),
      (Tolerance(relative: 0.25, absolute: 0.5, rangeShare: 0.5), 18, 0),
      (Tolerance(relative: 0.25, absolute: 0.5, rangeShare: 0.5), 18.0.nextUp, 1),
    ])
  func `an error at the bound is within it and the next one is not`(
    tolerance: Tolerance, actual: Double, mismatches: Int
  ) {
    #expect(deviation(doubles([10, 0]), doubles([actual, 0]), tolerance).mismatches == mismatches)
  }

  @Test func `the range is that of the finite expected elements`() {
    #expect(deviation(doubles([-1, 3, .infinity, .nan]), doubles([0, 0, 0, 0])).range == 4)
    #expect(deviation(doubles([.infinity]), doubles([.infinity])).range == 0)
    let widest = deviation(doubles([-.greatestFiniteMagnitude, .greatestFiniteMagnitude]), doubles([0, 0]), .recorded)
    #expect(widest.range == .greatestFiniteMagnitude)
  }

  @Test func `integers are compared exactly, also beyond what a double tells apart`() {
    let generous = Tolerance(relative: 1, absolute: 100)
    #expect(deviation(integers([1, 2, 3]), integers([1, 2, 4]), generous).mismatches == 1)
    let large: Int64 = 1 << 60
    let found = deviation(integers([large]), integers([large + 1]), generous)
    #expect(found.mismatches == 1 && found.maxAbsoluteError == 0)
  }

  @Test func `unsigned integers are measured as such`() {
    func unsigned(_ element: Int64) -> Value {
      .tensor(stated { try Tensor(shape: [], kind: .uint64, elements: .integer([element])) })
    }
    #expect(deviation(unsigned(-1), unsigned(0)).maxAbsoluteError == 0x1p64)
  }

  @Test func `text and truth values are compared exactly`() {
    #expect(deviation(texts(["a", "b"]), texts(["a", "c"]), .recorded).mismatches == 1)
    #expect(deviation(texts(["a"]), texts(["a"])).isWithinTolerance)
    #expect(deviation(truths([true, false]), truths([true, true]), .recorded).mismatches == 1)
  }

  @Test func `another type, shape or kind of value is a difference`() {
    #expect(deviation(vector([1] as [Float]), integers([1])).difference == "int64 rather than float32")
    let flat = Value.tensor(stated { try Tensor(shape: [1, 2], [1, 2] as [Float]) })
    #expect(deviation(vector([1, 2]), flat).difference == "shape [1, 2] rather than [2]")
    #expect(deviation(vector([1] as [Float]), .absent).difference == "another kind of value")
    #expect(deviation(.sequence([]), .absent).difference == "another kind of value")
    #expect(!deviation(.sequence([]), .absent).isWithinTolerance)
  }

  @Test func `a sequence takes in the deviations of its values`() {
    let found = deviation(
      .sequence([doubles([1, 5]), doubles([2])]), .sequence([doubles([1, 4]), doubles([2.5])]))
    #expect(found.type == "sequence" && found.shape == [2] && found.elements == 3)
    #expect(found.mismatches == 2 && found.maxAbsoluteError == 1 && found.range == 4)
    let nan = deviation(.sequence([doubles([.nan]), doubles([2])]), .sequence([doubles([1]), doubles([2])]))
    #expect(nan.maxAbsoluteError == nil)
    let shorter = deviation(.sequence([doubles([1]), doubles([2])]), .sequence([doubles([1])]))
    #expect(shorter.difference == "1 values rather than 2")
  }

  @Test func `nothing is equal to nothing`() {
    let found = deviation(.absent, .absent)
    #expect(found.type == "absent" && found.isWithinTolerance)
    #expect(deviation(doubles([]), doubles([])).rootMeanSquareError == 0)
  }

  @Test func `NaN in one alone is counted and placed`() {
    let exact = Tolerance(relative: 0, absolute: 0)
    let found = Deviation(
      "y", .own, expected: doubles([1, .nan, 3, .nan]), actual: doubles([1, .nan, .nan, 4]), exact)
    #expect(found.expectedNaN == 2 && found.differentNaN == 2 && found.firstDifferentNaN == 2)
    #expect(found.mismatches == 2 && found.maxAbsoluteError == nil)
  }

  @Test func `a constant and a saturated value are told`() {
    func found(_ elements: [Double]) -> Deviation {
      Deviation(
        "y", .own, expected: doubles(elements), actual: doubles(elements), Tolerance(relative: 0, absolute: 0))
    }
    #expect(found([2, 2, 2]).isConstant && !found([2, 2, 2]).isSaturated)
    #expect(found([.nan, .nan]).isConstant && !found([0, 1]).isConstant)
    let ends = [Double](repeating: 0, count: 19) + [1]
    #expect(found(ends).isSaturated && found(ends).shareAtEnds == 1 && !found(ends).isConstant)
    #expect(!found((0..<20).map { Double($0) }).isSaturated)
  }
}
