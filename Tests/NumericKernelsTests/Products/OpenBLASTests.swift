import Testing

@testable import NumericKernels

@Suite struct OpenBLASTests {
  @Test(arguments: ["/nowhere", "/nowhere/libopenblas.so.0", "/etc/hostname"])
  func `a file that was named and is no library is an error`(path: String) {
    let error = #expect(throws: OpenBLAS.LoadingError.self) { _ = try OpenBLAS.opened(at: path, threads: 1) }
    #expect(error?.description == "'\(path)' cannot be opened as a BLAS library")
    #expect(error?.path == path)
  }

  @Test func `a library without matrix products is an error`() {
    #if canImport(Glibc)
      #expect(throws: OpenBLAS.LoadingError.self) { _ = try OpenBLAS.opened(at: "libm.so.6", threads: 1) }
    #endif
  }

  @Test func `the name none asks for no library`() throws {
    let library = try OpenBLAS.opened(at: "none", threads: 1)
    #expect(library.map(\.path) == nil)
  }

  @Test func `sizes beyond its integers are left to the plain product`() throws {
    guard let library = try OpenBLAS.opened(threads: 1) else { return }
    let small = ProductSize(rows: 1, columns: 1, inner: 1)
    #expect(library.canMultiply(small, MatrixLayout(stride: 1)))
    #expect(!library.canMultiply(small, MatrixLayout(stride: 1 << 31)))
    #expect(!library.canMultiply(ProductSize(rows: 1 << 31, columns: 1, inner: 1)))
  }

  /// Numbers whose sums depend on their order.
  private func numbers<S: BinaryFloatingPoint>(_ count: Int) -> [S] {
    (0..<count).map { S(($0 &* 2_654_435_761) % 65_521) / 1000 - 32 }
  }

  @Test(arguments: [
    (512, 600, 256), (600, 512, 257), (64, 4099, 300), (4099, 65, 300), (1, 65, 70_000), (130, 130, 2100),
  ])
  func `a product is the same for every number of threads`(rows: Int, columns: Int, inner: Int) throws {
    func product<S: Scalar & BinaryFloatingPoint>(_ type: S.Type, threads: Int, isTransposed: Bool) throws -> [S]? {
      guard let library = try OpenBLAS.opened(threads: threads) else { return nil }
      let size = ProductSize(rows: rows, columns: columns, inner: inner)
      let (a, b): ([S], [S]) = (numbers(rows * inner), numbers(inner * columns))
      var result = [S](repeating: 0, count: rows * columns)
      var target = result.mutableSpan
      MatrixProduct(library: library).multiply(
        size, a.span, MatrixLayout(stride: isTransposed ? rows : inner, isTransposed: isTransposed), b.span,
        MatrixLayout(stride: columns), into: &target, MatrixLayout(stride: columns))
      return result
    }
    for isTransposed in [false, true] {
      let single = try product(Float.self, threads: 1, isTransposed: isTransposed)
      let double = try product(Double.self, threads: 1, isTransposed: isTransposed)
      for threads in [2, 3, 8] {
        #expect(try product(Float.self, threads: threads, isTransposed: isTransposed) == single)
        #expect(try product(Double.self, threads: threads, isTransposed: isTransposed) == double)
      }
    }
  }
}
