import Tensors

/// How a window slides over the spatial axes of one channel.
package struct WindowGeometry: Sendable {
  /// The sizes of the spatial axes before.
  package let input: [Int]
  /// The sizes of the spatial axes after.
  package let output: [Int]
  /// The window's sizes.
  package let kernel: [Int]
  package let strides: [Int]
  package let dilations: [Int]
  /// The padding before each axis.
  package let padding: [Int]

  /// - Precondition: One number for each spatial axis; at least one axis.
  package init(
    input: [Int], output: [Int], kernel: [Int], strides: [Int], dilations: [Int], padding: [Int]
  ) {
    precondition(
      !input.isEmpty && [output, kernel, strides, dilations, padding].allSatisfy { $0.count == input.count },
      "one number for each spatial axis")
    self.input = input
    self.output = output
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.padding = padding
  }

  package var inputCount: Int { Shape.count(of: input) }
  package var outputCount: Int { Shape.count(of: output) }

  /// The number of places in the window.
  package var taps: Int { Shape.count(of: kernel) }

  /// The number of lines along the last axis of the output.
  package var rows: Int { Shape.count(of: output.dropLast()) }

  /// The length of such a line.
  var width: Int { output[output.count - 1] }

  /// The step in the input for one step along a run of outputs.
  var step: Int { strides[strides.count - 1] }

  /// Whether the output is the input, place by place.
  var isPointwise: Bool {
    taps == 1 && input == output && strides.allSatisfy { $0 == 1 } && padding.allSatisfy { $0 == 0 }
  }
}

/// A stretch of outputs, along the last axis, whose inputs for one tap lie in the input.
struct WindowRun {
  let tap: Int
  /// The place of the first output in its channel.
  let output: Int
  /// The place of the first input in its channel.
  let input: Int
  let count: Int
}

extension WindowGeometry {
  /// All runs of some lines of the output, tap by tap.
  ///
  /// - Complexity: O(taps · lines).
  func runs(ofRows rows: Range<Int>) -> [WindowRun] {
    let outer = input.count - 1
    let inputStrides = Shape.strides(of: input)
    var result: [WindowRun] = []
    for tap in 0..<taps {
      let place = Self.coordinates(of: tap, in: kernel)
      let first = place[outer] * dilations[outer] - padding[outer]
      // Outputs x with 0 <= x · step + first < input width.
      let start = first >= 0 ? 0 : (-first + step - 1) / step
      let last = input[outer] - 1 - first
      let end = last < 0 ? 0 : min(width, last / step + 1)
      guard start < end else { continue }
      for row in rows {
        let line = Self.coordinates(of: row, in: Array(output.dropLast()))
        var base = 0
        let isInside = (0..<outer).allSatisfy { axis in
          let coordinate = line[axis] * strides[axis] + place[axis] * dilations[axis] - padding[axis]
          base += coordinate * inputStrides[axis]
          return coordinate >= 0 && coordinate < input[axis]
        }
        guard isInside else { continue }
        result.append(
          WindowRun(
            tap: tap, output: row * width + start, input: base + start * step + first, count: end - start))
      }
    }
    return result
  }

  private static func coordinates(of index: Int, in shape: [Int]) -> [Int] {
    var rest = index
    var result = [Int](repeating: 0, count: shape.count)
    for axis in shape.indices.reversed() {
      result[axis] = rest % shape[axis]
      rest /= shape[axis]
    }
    return result
  }

  /// For each output, how many taps of each axis lie in the input, or in the padded input, multiplied.
  ///
  /// - Parameter endPadding: The padding behind each axis, where padding counts; nil where it does not.
  package func tapCounts(countingPaddingUpTo endPadding: [Int]?) -> [Int] {
    var counts = [1]
    for axis in input.indices {
      let limit = input[axis] + (endPadding?[axis] ?? 0)
      let least = endPadding == nil ? 0 : -padding[axis]
      let along = (0..<output[axis]).map { position in
        (0..<kernel[axis]).count { tap in
          let place = position * strides[axis] + tap * dilations[axis] - padding[axis]
          return place >= least && place < limit
        }
      }
      counts = counts.flatMap { count in along.map { count * $0 } }
    }
    return counts
  }
}
