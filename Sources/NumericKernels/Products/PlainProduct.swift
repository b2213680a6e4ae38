/// The matrix product in Swift alone: what OpenBLAS is tested against, and what works without it.
///
/// Each row of `c` is summed from rows of `b`, in the order of the inner axis.
@specialized(where S == Float)
@specialized(where S == Double)
func plainProduct<S: Scalar>(
  _ size: ProductSize, _ a: Span<S>, _ aLayout: MatrixLayout, _ b: Span<S>, _ bLayout: MatrixLayout,
  into c: inout MutableSpan<S>, _ cLayout: MatrixLayout, accumulating: Bool
) {
  // Blocks of `b` stay in the cache while all rows of `a` pass.
  let blockSize = 128
  var block = [S](repeating: 0, count: blockSize * size.columns)
  for row in 0..<size.rows where !accumulating {
    var line = c._mutatingExtracting(cLayout.range(ofRow: row, size.columns))
    for index in line.indices { line[index] = 0 }
  }
  for start in stride(from: 0, to: size.inner, by: blockSize) {
    let depth = min(blockSize, size.inner - start)
    gather(rows: start..<(start + depth), columns: size.columns, of: b, bLayout, into: &block)
    for row in 0..<size.rows {
      var line = c._mutatingExtracting(cLayout.range(ofRow: row, size.columns))
      for inner in 0..<depth {
        add(
          a[aLayout.place(row, start + inner)],
          times: block.span.extracting((inner * size.columns)..<((inner + 1) * size.columns)), to: &line)
      }
    }
  }
}

@inline(__always)
private func add<S: Scalar>(_ factor: S, times line: Span<S>, to sum: inout MutableSpan<S>) {
  guard line.count == sum.count else { return }
  for index in sum.indices { sum[index] += factor * line[index] }
}

/// Copies some rows of a matrix into one after the other.
@inline(__always)
private func gather<S: Scalar>(
  rows: Range<Int>, columns: Int, of matrix: Span<S>, _ layout: MatrixLayout, into block: inout [S]
) {
  for (position, row) in rows.enumerated() {
    for column in 0..<columns { block[position * columns + column] = matrix[layout.place(row, column)] }
  }
}

extension MatrixLayout {
  /// The place of one element.
  func place(_ row: Int, _ column: Int) -> Int {
    offset + (isTransposed ? column * stride + row : row * stride + column)
  }

  /// The places of one row of a matrix that is not transposed.
  func range(ofRow row: Int, _ columns: Int) -> Range<Int> {
    (offset + row * stride)..<(offset + row * stride + columns)
  }
}
