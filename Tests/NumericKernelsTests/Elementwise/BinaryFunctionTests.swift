import NumericKernels
import Testing

@Suite struct BinaryFunctionTests {
  private func combined(
    _ function: BinaryFunction, _ a: [Double], _ shape: [Int], _ b: [Double], _ bShape: [Int]
  ) -> [Double] {
    var result = a
    function.apply(to: &result, shape: shape, b, bShape: bShape)
    return result
  }

  private func combined(
    _ function: BinaryFunction, _ a: [Int64], _ b: [Int64], isUnsigned64: Bool = false
  ) -> [Int64] {
    var result = a
    function.apply(to: &result, shape: [a.count], b, bShape: [b.count], isUnsigned64: isUnsigned64)
    return result
  }

  @Test(
    arguments: [
      ([10], [], [11, 12, 13, 14, 15, 16]), ([10], [1], [11, 12, 13, 14, 15, 16]),
      ([10, 20, 30], [3], [11, 22, 33, 14, 25, 36]), ([10, 20], [2, 1], [11, 12, 13, 24, 25, 26]),
      ([1, 2, 3, 4, 5, 6], [2, 3], [2, 4, 6, 8, 10, 12]),
    ] as [([Double], [Int], [Double])])
  func `the second operand repeats along axes of size 1`(b: [Double], shape: [Int], expected: [Double]) {
    #expect(combined(.sum, [1, 2, 3, 4, 5, 6], [2, 3], b, shape) == expected)
  }

  @Test func `an axis in the middle repeats`() {
    #expect(
      combined(.sum, Array(repeating: 0, count: 8), [2, 2, 2], [1, 2, 3, 4], [2, 1, 2]) == [1, 2, 1, 2, 3, 4, 3, 4])
  }

  @Test func `two scalars are combined, and nothing with nothing`() {
    #expect(combined(.difference, [5], [], [2], []) == [3])
    #expect(combined(.sum, [], [0, 2], [1, 2], [2]) == [])
  }

  @Test(
    arguments: [
      (.difference, 7, 2, 5), (.product, 3, -2, -6), (.quotient, 7, 2, 3.5), (.power, 2, 10, 1024),
      (.minimum, 1, -1, -1), (.maximum, 1, -1, 1), (.modulus, -7, 3, 2), (.modulus, 7, -3, -2),
      (.modulus, 6, -3, 0), (.remainder, -7, 3, -1), (.remainder, 5.5, -2, 1.5), (.parametricRelu, -4, 0.25, -1),
      (.parametricRelu, 4, 0.25, 4), (.quotient, 1, 0, .infinity), (.quotient, -1, 0, -.infinity),
    ] as [(BinaryFunction, Double, Double, Double)])
  func `real numbers are combined as ONNX says`(
    function: BinaryFunction, a: Double, b: Double, expected: Double
  ) {
    #expect(combined(function, [a], [1], [b], [1]) == [expected])
    var single = [Float(a)]
    function.apply(to: &single, shape: [1], [Float(b)], bShape: [])
    #expect(single == [Float(expected)])
  }

  @Test(arguments: [.sum, .product, .minimum, .maximum, .quotient, .modulus, .remainder] as [BinaryFunction])
  func `NaN in either operand gives NaN`(function: BinaryFunction) {
    #expect(combined(function, [.nan, 1], [2], [1, .nan], [2]).allSatisfy { $0.isNaN })
  }

  @Test(
    arguments: [
      (.sum, .max, 1, .min), (.difference, .min, 1, .max), (.product, .max, 2, -2), (.quotient, 7, -2, -3),
      (.quotient, 5, 0, 0), (.quotient, .min, -1, .min), (.modulus, 5, 0, 0), (.modulus, -7, 3, 2),
      (.modulus, 7, -3, -2), (.modulus, .min, -1, 0), (.remainder, -7, 3, -1), (.power, 3, 4, 81), (.power, 2, 64, 0),
      (.power, 5, 0, 1), (.power, 2, -1, 0), (.power, -1, -3, -1), (.power, -1, -4, 1), (.power, 1, .min, 1),
      (.minimum, -1, 1, -1), (.maximum, -1, 1, 1), (.and, 12, 10, 8), (.or, 12, 10, 14), (.exclusiveOr, 12, 10, 6),
      (.shiftedLeft, 3, 2, 12), (.shiftedLeft, 3, 64, 0), (.shiftedLeft, 3, -1, 0), (.shiftedRight, 12, 2, 3),
      (.shiftedRight, 12, 64, 0), (.shiftedRight, -1, 64, -1), (.parametricRelu, -3, 2, -6),
    ] as [(BinaryFunction, Int64, Int64, Int64)])
  func `integers wrap around and nothing traps`(function: BinaryFunction, a: Int64, b: Int64, expected: Int64) {
    #expect(combined(function, [a], [b]) == [expected])
  }

  @Test(
    arguments: [
      (.quotient, -1, 2, .max), (.quotient, -1, 0, 0), (.minimum, -1, 1, 1), (.maximum, -1, 1, -1),
      (.modulus, -1, 10, 5), (.modulus, -1, 0, 0), (.remainder, -1, 10, 5), (.shiftedRight, -1, 63, 1),
      (.shiftedRight, -1, 64, 0), (.sum, -1, 2, 1), (.product, .min, 2, 0),
    ] as [(BinaryFunction, Int64, Int64, Int64)])
  func `unsigned integers of 64 bits count their highest bit`(
    function: BinaryFunction, a: Int64, b: Int64, expected: Int64
  ) {
    #expect(combined(function, [a], [b], isUnsigned64: true) == [expected])
  }

  @Test func `functions of bits are known`() {
    #expect(BinaryFunction.and.isBitwise && BinaryFunction.shiftedRight.isBitwise && !BinaryFunction.sum.isBitwise)
  }
}
