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
}
