/// One number for each row of a matrix.
package enum RowReduction: Sendable {
  case sum, mean, product, maximum, minimum
  case sumOfMagnitudes, sumOfSquares, euclideanNorm, logarithmOfSum, logarithmOfSumOfExponentials
}

extension RowReduction {
  /// The reductions of all rows.
  ///
  /// Sums are kept in double precision. A row of no elements gives what the reduction starts from: 0, 1 or an
  /// infinity.
  ///
  /// - Parameters:
  ///   - x: `[rows, width]`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func reduced<S: Scalar>(_ x: [S], rows: Int, width: Int) -> [S] {
    precondition(x.count == rows * width, "an array must be as large as its shape")
    var result = [S](repeating: 0, count: rows)
    for row in 0..<rows { result[row] = reduced(x.span.extracting((row * width)..<((row + 1) * width))) }
    return result
  }

  @inline(__always)
  private func reduced<S: Scalar>(_ line: Span<S>) -> S {
    switch self {
    case .sum: S(line.total { $0 })
    case .mean: S(line.total { $0 } / Double(line.count))
    case .product: S(line.folded(1) { $0 * $1 })
    case .maximum: S(line.folded(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 })
    case .minimum: S(line.folded(.infinity) { $1 < $0 || $1.isNaN ? $1 : $0 })
    case .sumOfMagnitudes: S(line.total { abs($0) })
    case .sumOfSquares: S(line.total { $0 * $0 })
    case .euclideanNorm: S(line.total { $0 * $0 }.squareRoot())
    case .logarithmOfSum: S(Double.logarithm(line.total { $0 }))
    case .logarithmOfSumOfExponentials: S(logarithmOfSumOfExponentials(line))
    }
  }

  @inline(__always)
  private func logarithmOfSumOfExponentials<S: Scalar>(_ line: Span<S>) -> Double {
    let largest = line.folded(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
    guard largest.isFinite else { return largest }
    return largest + Double.logarithm(line.total { Double.exponential($0 - largest) })
  }
}

extension Span where Element: Scalar {
  /// The sum of a function of all elements, in double precision.
  @inline(__always)
  func total(_ function: (Double) -> Double) -> Double { folded(0) { $0 + function($1) } }

  @inline(__always)
  func folded(_ start: Double, _ combine: (Double, Double) -> Double) -> Double {
    var result = start
    for index in indices { result = combine(result, Double(self[index])) }
    return result
  }
}
