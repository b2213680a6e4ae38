/// What brings the rows of a matrix to a common scale.
package enum RowNormalization: Sendable {
  case softmax, logSoftmax, hardmax
  /// Mean 0 and variance 1, the variance raised by `epsilon`.
  case standardized(epsilon: Double)
  /// Root mean square 1, the mean square raised by `epsilon`.
  case rootMeanSquare(epsilon: Double)
  /// Norm 1 in L1 or L2; a row of norm 0 stays.
  case unitMagnitude, unitEuclidean
}

extension RowNormalization {
  /// Normalizes each row in place.
  ///
  /// - Parameters:
  ///   - x: `[rows, width]`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func apply<S: Scalar>(to x: inout [S], width: Int) {
    guard width > 0 else { return }
    precondition(x.count % width == 0, "an array must hold whole rows")
    var span = x.mutableSpan
    for row in 0..<(span.count / width) {
      var line = span._mutatingExtracting((row * width)..<((row + 1) * width))
      normalize(&line)
    }
  }

  /// The mean and the reciprocal of the standard deviation of each row.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func statistics<S: Scalar>(of x: [S], width: Int, epsilon: Double) -> (mean: [S], inverse: [S]) {
    var means: [S] = []
    var inverses: [S] = []
    for row in 0..<(width == 0 ? 0 : x.count / width) {
      let (mean, variance) = x.span.extracting((row * width)..<((row + 1) * width)).moments
      means.append(S(mean))
      inverses.append(S(1 / (variance + epsilon).squareRoot()))
    }
    return (means, inverses)
  }

  @inline(__always)
  private func normalize<S: Scalar>(_ line: inout MutableSpan<S>) {
    switch self {
    case .softmax:
      let largest = line.span.folded(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
      for index in line.indices { line[index] = S.exponential(line[index] - S(largest)) }
      scale(&line, by: 1 / line.span.total { $0 })
    case .logSoftmax:
      let largest = line.span.folded(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
      let logarithm = Double.logarithm(line.span.total { Double.exponential($0 - largest) })
      for index in line.indices { line[index] = S((Double(line[index]) - largest) - logarithm) }
    case .hardmax:
      var best = 0
      for index in line.indices where line[index] > line[best] { best = index }
      for index in line.indices { line[index] = index == best ? 1 : 0 }
    case .standardized(let epsilon):
      let (mean, variance) = line.span.moments
      let factor = 1 / (variance + epsilon).squareRoot()
      for index in line.indices { line[index] = S((Double(line[index]) - mean) * factor) }
    case .rootMeanSquare(let epsilon):
      scale(&line, by: 1 / (line.span.total { $0 * $0 } / Double(line.count) + epsilon).squareRoot())
    case .unitMagnitude: divide(&line, by: line.span.total { abs($0) })
    case .unitEuclidean: divide(&line, by: line.span.total { $0 * $0 }.squareRoot())
    }
  }

  @inline(__always)
  private func divide<S: Scalar>(_ line: inout MutableSpan<S>, by norm: Double) {
    if norm != 0 { scale(&line, by: 1 / norm) }
  }

  @inline(__always)
  private func scale<S: Scalar>(_ line: inout MutableSpan<S>, by factor: Double) {
    for index in line.indices { line[index] = S(Double(line[index]) * factor) }
  }
}

extension Span where Element: Scalar {
  /// The mean and the mean squared distance from it.
  var moments: (mean: Double, variance: Double) {
    @inline(__always) get {
      let mean = total { $0 } / Double(count)
      return (mean, total { ($0 - mean) * ($0 - mean) } / Double(count))
    }
  }
}
