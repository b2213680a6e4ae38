import Dispatch

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A BLAS library that was opened at run time.
///
/// It computes with one thread: its own threads spin without end where the system has no memory or no threads for them.
/// A large product is cut into blocks instead, each for a thread of this program; which element comes out does not
/// depend on how many.
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
  fileprivate static let notTransposed: Int32 = 111
  fileprivate static let transposed: Int32 = 112

  /// The file as it was opened.
  package let path: String

  private let single: Single
  private let double: Double
  private let threads: Int

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
      guard let library = OpenBLAS(opening: named, threads: threads) else { throw LoadingError(path: named) }
      return library
    }
    return systemNames.lazy.compactMap { OpenBLAS(opening: $0, threads: threads) }.first
  }

  #if canImport(Glibc)
    private static let systemNames = ["libopenblas.so.0", "libopenblas.so"]
  #else
    private static let systemNames = [
      "libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
      "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    ]
  #endif

  /// What tells OpenBLAS, while it is loaded, how many threads to start.
  private static let threadVariable = "OPENBLAS_NUM_THREADS"

  private init?(opening path: String, threads: Int) {
    let before = unsafe getenv(Self.threadVariable).map { unsafe String(cString: $0) }
    unsafe setenv(Self.threadVariable, "1", 1)
    defer {
      if let before { unsafe setenv(Self.threadVariable, before, 1) } else { unsafe unsetenv(Self.threadVariable) }
    }
    // The library stays open: products may run until the process ends.
    guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL),
      let single = unsafe dlsym(handle, "cblas_sgemm"), let double = unsafe dlsym(handle, "cblas_dgemm")
    else { return nil }
    self.path = path
    unsafe self.single = unsafeBitCast(single, to: Single.self)
    unsafe self.double = unsafeBitCast(double, to: Double.self)
    self.threads = max(threads, 1)
    // Another part of the program may have loaded it with more.
    if let setThreads = unsafe dlsym(handle, "openblas_set_num_threads") {
      unsafe unsafeBitCast(setThreads, to: SetThreads.self)(1)
    }
  }

  /// The multiplications for which another thread is worth its while.
  ///
  /// Above what any kernel of OpenBLAS takes a way of its own for, which might round otherwise.
  private static let blockWork = 1 << 24

  /// Where blocks begin: multiples of what any of its kernels computes at once.
  private static let blockStep = 64

  /// Calls `body` with the rows and columns of each block of a product, several at a time.
  private func forEachBlock(_ size: ProductSize, _ body: @Sendable (_ rows: Range<Int>, _ columns: Range<Int>) -> Void)
  {
    let byRows = size.rows > size.columns
    let length = max(size.rows, size.columns)
    let steps = (length + Self.blockStep - 1) / Self.blockStep
    let work =
      Swift.Double(size.rows) * Swift.Double(size.columns) * Swift.Double(size.inner) / Swift.Double(Self.blockWork)
    let count = min(threads, steps, work < 2 ? 1 : Int(min(work, 1024)))
    guard count > 1 else { return body(0..<size.rows, 0..<size.columns) }
    DispatchQueue.concurrentPerform(iterations: count) { index in
      let range = (steps * index / count * Self.blockStep)..<min(steps * (index + 1) / count * Self.blockStep, length)
      body(byRows ? range : 0..<size.rows, byRows ? 0..<size.columns : range)
    }
  }

  /// Whether all sizes fit the library's integers.
  func canMultiply(_ size: ProductSize, _ layouts: MatrixLayout...) -> Bool {
    max(size.rows, size.columns, size.inner) <= Int(Int32.max) && layouts.allSatisfy { $0.stride <= Int(Int32.max) }
  }

  // The caller has checked that each matrix lies in its span.

  func multiplySingle(
    _ size: ProductSize, _ a: Span<Float>, _ aLayout: MatrixLayout, _ b: Span<Float>, _ bLayout: MatrixLayout,
    into c: inout MutableSpan<Float>, _ cLayout: MatrixLayout, accumulating: Bool
  ) {
    unsafe multiply(size, a, aLayout, b, bLayout, into: &c, cLayout) { rows, columns, a, b, c in
      unsafe single(
        Self.rowMajor, aLayout.order, bLayout.order, rows, columns, Int32(size.inner), 1, a, Int32(aLayout.stride), b,
        Int32(bLayout.stride), accumulating ? 1 : 0, c, Int32(cLayout.stride))
    }
  }

  func multiplyDouble(
    _ size: ProductSize, _ a: Span<Swift.Double>, _ aLayout: MatrixLayout, _ b: Span<Swift.Double>,
    _ bLayout: MatrixLayout, into c: inout MutableSpan<Swift.Double>, _ cLayout: MatrixLayout, accumulating: Bool
  ) {
    unsafe multiply(size, a, aLayout, b, bLayout, into: &c, cLayout) { rows, columns, a, b, c in
      unsafe double(
        Self.rowMajor, aLayout.order, bLayout.order, rows, columns, Int32(size.inner), 1, a, Int32(aLayout.stride), b,
        Int32(bLayout.stride), accumulating ? 1 : 0, c, Int32(cLayout.stride))
    }
  }

  /// Calls `product` for each block of a product, with its rows, its columns and where the block's part of each matrix
  /// begins.
  private func multiply<Element>(
    _ size: ProductSize, _ a: Span<Element>, _ aLayout: MatrixLayout, _ b: Span<Element>, _ bLayout: MatrixLayout,
    into c: inout MutableSpan<Element>, _ cLayout: MatrixLayout,
    _ product:
      @Sendable (
        _ rows: Int32, _ columns: Int32, UnsafePointer<Element>?, UnsafePointer<Element>?,
        UnsafeMutablePointer<Element>?
      ) -> Void
  ) {
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          // Each block writes elements of its own.
          nonisolated(unsafe) let (a, b, c) = (a.baseAddress, b.baseAddress, c.baseAddress)
          forEachBlock(size) { rows, columns in
            unsafe product(
              Int32(rows.count), Int32(columns.count), a.map { unsafe $0 + aLayout.place(rows.lowerBound, 0) },
              b.map { unsafe $0 + bLayout.place(0, columns.lowerBound) },
              c.map { unsafe $0 + cLayout.place(rows.lowerBound, columns.lowerBound) })
          }
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
  fileprivate var order: Int32 { isTransposed ? OpenBLAS.transposed : OpenBLAS.notTransposed }
}
