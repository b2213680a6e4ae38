import Testing

@testable import NumericKernels

@Suite struct MatrixProductTests {
  /// The sizes of a product, and how its matrices lie.
  struct Case: Sendable, CustomTestStringConvertible {
    let rows: Int
    let columns: Int
    let inner: Int
    var transposesA = false
    var transposesB = false
    /// How much wider than its content a stored row is.
    var gap = 0
    var offset = 0

    var size: ProductSize { ProductSize(rows: rows, columns: columns, inner: inner) }
    var testDescription: String { "\(rows)×\(inner)×\(columns) \(transposesA) \(transposesB) \(gap) \(offset)" }

    var a: MatrixLayout {
      MatrixLayout(offset: offset, stride: (transposesA ? rows : inner) + gap, isTransposed: transposesA)
    }
    var b: MatrixLayout {
      MatrixLayout(offset: 2 * offset, stride: (transposesB ? inner : columns) + gap, isTransposed: transposesB)
    }
    var c: MatrixLayout { MatrixLayout(offset: offset, stride: columns + 2 * gap) }

    var aCount: Int { offset + (transposesA ? inner : rows) * a.stride }
    var bCount: Int { 2 * offset + (transposesB ? columns : inner) * b.stride }
    var cCount: Int { offset + rows * c.stride }

    /// The product by its definition; what lies between the rows stays.
    func expected<S: Scalar>(_ a: [S], _ b: [S], _ c: [S], accumulating: Bool) -> [S] {
      var result = c
      for row in 0..<rows {
        for column in 0..<columns {
          var sum: S = accumulating ? c[self.c.place(row, column)] : 0
          for index in 0..<inner { sum += a[self.a.place(row, index)] * b[self.b.place(index, column)] }
          result[self.c.place(row, column)] = sum
        }
      }
      return result
    }
  }

  static let cases: [Case] = [
    Case(rows: 1, columns: 1, inner: 1),
    Case(rows: 3, columns: 4, inner: 5),
    Case(rows: 3, columns: 4, inner: 5, transposesA: true),
    Case(rows: 3, columns: 4, inner: 5, transposesB: true),
    Case(rows: 3, columns: 4, inner: 5, transposesA: true, transposesB: true, gap: 2, offset: 3),
    Case(rows: 5, columns: 2, inner: 3, gap: 3, offset: 7),
    Case(rows: 2, columns: 3, inner: 129),
    Case(rows: 3, columns: 2, inner: 300, transposesA: true, transposesB: true, gap: 1),
    Case(rows: 130, columns: 131, inner: 7, transposesB: true),
  ]

  @Test(arguments: cases, [false, true])
  func `the plain product is the sum over the inner axis`(_ test: Case, accumulating: Bool) {
    check(test, MatrixProduct(library: nil), as: Float.self, accumulating: accumulating)
    check(test, MatrixProduct(library: nil), as: Double.self, accumulating: accumulating)
  }

  /// Where there is no OpenBLAS there is nothing to compare.
  @Test(arguments: cases, [false, true])
  func `OpenBLAS gives what the plain product gives`(_ test: Case, accumulating: Bool) throws {
    guard let library = try OpenBLAS.opened(threads: 1) else { return }
    check(test, MatrixProduct(library: library), as: Float.self, accumulating: accumulating)
    check(test, MatrixProduct(library: library), as: Double.self, accumulating: accumulating)
  }

  @Test(arguments: [true, false])
  func `a product over nothing is 0, or what was there before`(usesLibrary: Bool) throws {
    let product = MatrixProduct(library: usesLibrary ? try OpenBLAS.opened(threads: 1) : nil)
    let test = Case(rows: 2, columns: 2, inner: 0)
    #expect(multiplied(test, product, [Float](), [], into: [1, 2, 3, 4], accumulating: false) == [0, 0, 0, 0])
    #expect(multiplied(test, product, [Float](), [], into: [1, 2, 3, 4], accumulating: true) == [1, 2, 3, 4])
  }

  @Test(arguments: [(0, 3), (3, 0), (0, 0)])
  func `a product without rows or columns writes nothing`(rows: Int, columns: Int) {
    let test = Case(rows: rows, columns: columns, inner: 2)
    let (a, b) = (samples(test.aCount), samples(test.bCount))
    #expect(multiplied(test, MatrixProduct(library: nil), a, b, into: [9], accumulating: false) == [9])
  }

  @Test func `NaN in an operand reaches only its own row or column`() {
    let test = Case(rows: 2, columns: 2, inner: 1)
    let result = multiplied(
      test, MatrixProduct(library: nil), [Float.nan, 1], [2, 3], into: [0, 0, 0, 0], accumulating: false)
    #expect(result[0].isNaN && result[1].isNaN && result[2...] == [2, 3])
  }

  @Test func `a matrix that reaches beyond its span traps`() async {
    await #expect(processExitsWith: .failure) {
      var c: [Float] = [0]
      var span = c.mutableSpan
      let a: [Float] = [1, 2]
      MatrixProduct(library: nil).multiply(
        ProductSize(rows: 1, columns: 1, inner: 3), a.span, MatrixLayout(stride: 3), a.span, MatrixLayout(stride: 1),
        into: &span, MatrixLayout(stride: 1))
    }
  }

  private func check<S: Scalar>(_ test: Case, _ product: MatrixProduct, as type: S.Type, accumulating: Bool) {
    let (a, b) = (samples(test.aCount, as: S.self), samples(test.bCount, as: S.self, from: 2))
    let c = samples(test.cCount, as: S.self, from: 3)
    // Sums of small whole numbers are exact in any order.
    #expect(
      multiplied(test, product, a, b, into: c, accumulating: accumulating)
        == test.expected(a, b, c, accumulating: accumulating))
  }

  private func multiplied<S: Scalar>(
    _ test: Case, _ product: MatrixProduct, _ a: [S], _ b: [S], into c: [S], accumulating: Bool
  ) -> [S] {
    var result = c
    var span = result.mutableSpan
    let columnStride = MatrixLayout(
      offset: test.b.offset, stride: max(test.b.stride, 1), isTransposed: test.transposesB)
    product.multiply(test.size, a.span, test.a, b.span, columnStride, into: &span, test.c, accumulating: accumulating)
    return result
  }
}
