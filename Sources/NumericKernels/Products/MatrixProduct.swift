/// Multiplies matrices, by OpenBLAS where there is one.
package struct MatrixProduct: Sendable {
  private let library: OpenBLAS?

  /// - Parameter library: nil for the plain product.
  package init(library: OpenBLAS?) { self.library = library }

  /// `c = a · b`, or `c += a · b`.
  ///
  /// - Parameters:
  ///   - a: `[rows, inner]`, laid out as `aLayout` says.
  ///   - b: `[inner, columns]`.
  ///   - c: `[rows, columns]`, not transposed; not read unless accumulating.
  /// - Precondition: Each matrix lies wholly in its span.
  /// - Complexity: O(rows · columns · inner).
  package func multiply<S: Scalar>(
    _ size: ProductSize, _ a: Span<S>, _ aLayout: MatrixLayout, _ b: Span<S>, _ bLayout: MatrixLayout,
    into c: inout MutableSpan<S>, _ cLayout: MatrixLayout, accumulating: Bool = false
  ) {
    precondition(
      aLayout.fits(rows: size.rows, columns: size.inner, in: a.count)
        && bLayout.fits(rows: size.inner, columns: size.columns, in: b.count)
        && cLayout.fits(rows: size.rows, columns: size.columns, in: c.count) && !cLayout.isTransposed,
      "a matrix must lie in its span")
    guard size.rows > 0, size.columns > 0 else { return }
    if let library, size.inner > 0, library.canMultiply(size, aLayout, bLayout, cLayout) {
      S.multiply(with: library, size, a, aLayout, b, bLayout, into: &c, cLayout, accumulating: accumulating)
    } else {
      plainProduct(size, a, aLayout, b, bLayout, into: &c, cLayout, accumulating: accumulating)
    }
  }
}
