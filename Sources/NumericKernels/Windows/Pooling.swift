/// A pooling of each channel's windows.
package struct Pooling: Sendable {
  package let geometry: WindowGeometry

  /// The number of channels of all images.
  package let planes: Int

  package init(geometry: WindowGeometry, planes: Int) {
    self.geometry = geometry
    self.planes = planes
  }

  /// The largest element of each window; negative infinity where a window is empty.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func maxima<S: Scalar>(_ x: [S]) -> [S] {
    accumulated(x, from: -.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
  }

  /// The sum of each window's elements.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func sums<S: Scalar>(_ x: [S]) -> [S] {
    accumulated(x, from: 0) { $0 + $1 }
  }

  /// The mean of each window's elements.
  ///
  /// - Parameter endPadding: The padding behind each axis, where padding counts as elements of 0.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func means<S: Scalar>(_ x: [S], countingPaddingUpTo endPadding: [Int]?) -> [S] {
    var y = sums(x)
    let counts = geometry.tapCounts(countingPaddingUpTo: endPadding)
    for index in y.indices { y[index] /= S(counts[index % counts.count]) }
    return y
  }

  /// The place in its channel of each window's largest element, the first of equal ones; NaN is the largest.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func placesOfMaxima<S: Scalar>(_ x: [S]) -> [Int] {
    let runs = geometry.runs(ofRows: 0..<geometry.rows)
    let (inputs, outputs) = (geometry.inputCount, geometry.outputCount)
    var places = [Int](repeating: -1, count: planes * outputs)
    for plane in 0..<planes {
      for run in runs {
        for index in 0..<run.count {
          let place = run.input + index * geometry.step
          let target = plane * outputs + run.output + index
          let element = x[plane * inputs + place]
          if places[target] < 0 || element > x[plane * inputs + places[target]]
            || element.isNaN && !x[plane * inputs + places[target]].isNaN
          {
            places[target] = place
          }
        }
      }
    }
    return places
  }

  @inline(__always)
  private func accumulated<S: Scalar>(_ x: [S], from start: S, _ combine: (S, S) -> S) -> [S] {
    let runs = geometry.runs(ofRows: 0..<geometry.rows)
    let (inputs, outputs, step) = (geometry.inputCount, geometry.outputCount, geometry.step)
    precondition(x.count == planes * inputs, "an array must be as large as its shape")
    var y = [S](repeating: start, count: planes * outputs)
    var target = y.mutableSpan
    for plane in 0..<planes {
      let source = x.span.extracting((plane * inputs)..<((plane + 1) * inputs))
      for run in runs {
        let place = plane * outputs + run.output
        var line = target._mutatingExtracting(place..<(place + run.count))
        if step == 1 {
          let elements = source.extracting(run.input..<(run.input + run.count))
          for index in line.indices { line[index] = combine(line[index], elements[index]) }
        } else {
          for index in line.indices { line[index] = combine(line[index], source[run.input + index * step]) }
        }
      }
    }
    return y
  }
}
