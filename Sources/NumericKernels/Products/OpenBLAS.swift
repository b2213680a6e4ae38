#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A BLAS library that was opened at run time.
///
/// This is the only file of the evaluator that calls C with pointers.
@safe
package struct OpenBLAS: Sendable {
  private typealias Single =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>?, Int32, UnsafePointer<Float>?, Int32,
      Float, UnsafeMutablePointer<Float>?, Int32
    ) -> Void
  private typealias Double =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Swift.Double, UnsafePointer<Swift.Double>?, Int32,
      UnsafePointer<Swift.Double>?, Int32, Swift.Double, UnsafeMutablePointer<Swift.Double>?, Int32
    ) -> Void
  private typealias SetThreads = @convention(c) (Int32) -> Void

  // The values that the C interface of BLAS gives its enumerations.
  private static let rowMajor: Int32 = 101
  private static let notTransposed: Int32 = 111
  private static let transposed: Int32 = 112

  /// The file as it was opened.
  package let path: String

  private let single: Single
  private let double: Double
  private let setThreads: SetThreads?

  /// The library that `BNFUSE_BLAS` names, or the system's.
  ///
  /// - Parameters:
  ///   - path: A file to open instead.
  ///   - threads: How many threads a product may use.
  /// - Returns: nil where there is none, or where `BNFUSE_BLAS` is `none`.
  /// - Throws: `LoadingError` where a file that was named cannot be used.
  package static func opened(at path: String? = nil, threads: Int) throws(LoadingError) -> OpenBLAS? {
    let named = unsafe path ?? getenv("BNFUSE_BLAS").map { unsafe String(cString: $0) }
    if let named, !named.isEmpty {
      if named == "none" { return nil }
      guard let library = OpenBLAS(opening: named) else { throw LoadingError(path: named) }
      library.use(threads: threads)
      return library
    }
    for name in systemNames {
      if let library = OpenBLAS(opening: name) {
        library.use(threads: threads)
        return library
      }
    }
    return nil
  }

  #if canImport(Glibc)
    private static let systemNames = ["libopenblas.so.0", "libopenblas.so"]
  #else
    private static let systemNames = [
      "libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
      "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    ]
  #endif

  private init?(opening path: String) {
    // The library stays open: products may run until the process ends.
    guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL),
      let single = unsafe dlsym(handle, "cblas_sgemm"), let double = unsafe dlsym(handle, "cblas_dgemm")
    else { return nil }
    self.path = path
    unsafe self.single = unsafeBitCast(single, to: Single.self)
    unsafe self.double = unsafeBitCast(double, to: Double.self)
    setThreads = unsafe dlsym(handle, "openblas_set_num_threads").map {
      unsafe unsafeBitCast($0, to: SetThreads.self)
    }
  }

  private func use(threads: Int) { setThreads?(Int32(clamping: max(threads, 1))) }

  /// Whether all sizes fit the library's integers.
  func canMultiply(_ size: ProductSize, _ layouts: MatrixLayout...) -> Bool {
    max(size.rows, size.columns, size.inner) <= Int(Int32.max) && layouts.allSatisfy { $0.stride <= Int(Int32.max) }
  }

  // The caller has checked that each matrix lies in its span.

  func multiplySingle(
    _ size: ProductSize, _ a: Span<Float>, _ aLayout: MatrixLayout, _ b: Span<Float>, _ bLayout: MatrixLayout,
    into c: inout MutableSpan<Float>, _ cLayout: MatrixLayout, accumulating: Bool
  ) {
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          unsafe single(
            Self.rowMajor, aLayout.order, bLayout.order, Int32(size.rows), Int32(size.columns), Int32(size.inner), 1,
            a.baseAddress.map { unsafe $0 + aLayout.offset }, Int32(aLayout.stride),
            b.baseAddress.map { unsafe $0 + bLayout.offset }, Int32(bLayout.stride), accumulating ? 1 : 0,
            c.baseAddress.map { unsafe $0 + cLayout.offset }, Int32(cLayout.stride))
        }
      }
    }
  }

  func multiplyDouble(
    _ size: ProductSize, _ a: Span<Swift.Double>, _ aLayout: MatrixLayout, _ b: Span<Swift.Double>,
    _ bLayout: MatrixLayout, into c: inout MutableSpan<Swift.Double>, _ cLayout: MatrixLayout, accumulating: Bool
  ) {
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          unsafe double(
            Self.rowMajor, aLayout.order, bLayout.order, Int32(size.rows), Int32(size.columns), Int32(size.inner), 1,
            a.baseAddress.map { unsafe $0 + aLayout.offset }, Int32(aLayout.stride),
            b.baseAddress.map { unsafe $0 + bLayout.offset }, Int32(bLayout.stride), accumulating ? 1 : 0,
            c.baseAddress.map { unsafe $0 + cLayout.offset }, Int32(cLayout.stride))
        }
      }
    }
  }
}

extension OpenBLAS {
  /// A library that was asked for by name and cannot be used.
  package struct LoadingError: Error, CustomStringConvertible {
    package let path: String
    package var description: String { "'\(path)' cannot be opened as a BLAS library" }
  }
}

extension MatrixLayout {
  fileprivate var order: Int32 { isTransposed ? 112 : 111 }
}
