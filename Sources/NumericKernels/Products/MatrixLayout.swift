/// Where a matrix lies in a span.
package struct MatrixLayout: Sendable {
  /// The place of the first element.
  package let offset: Int

  /// The distance from one stored row to the next.
  package let stride: Int

  /// Whether the stored rows are the matrix's columns.
  package let isTransposed: Bool

  package init(offset: Int = 0, stride: Int, isTransposed: Bool = false) {
    self.offset = offset
    self.stride = stride
    self.isTransposed = isTransposed
  }

  /// Whether a matrix of that size lies wholly in a span of so many elements.
  func fits(rows: Int, columns: Int, in count: Int) -> Bool {
    let (lines, width) = isTransposed ? (columns, rows) : (rows, columns)
    guard lines > 0, width > 0 else { return true }
    return offset >= 0 && stride >= width && offset + (lines - 1) * stride + width <= count
  }
}

/// The sizes of a matrix product: `[rows, inner] · [inner, columns]`.
package struct ProductSize: Sendable {
  package let rows: Int
  package let columns: Int
  package let inner: Int

  package init(rows: Int, columns: Int, inner: Int) {
    self.rows = rows
    self.columns = columns
    self.inner = inner
  }
}
