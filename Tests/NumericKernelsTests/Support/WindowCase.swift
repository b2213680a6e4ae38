import TensorsTests
import Testing

@testable import NumericKernels

/// A window over an input, and what slides it.
struct WindowCase: Sendable, CustomTestStringConvertible {
  let name: String
  var batch = 1
  var channels: (input: Int, output: Int) = (1, 3)
  var groups = 1
  let input: [Int]
  let kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  /// In front and behind.
  var padding: [(begin: Int, end: Int)]

  init(
    _ name: String, batch: Int = 1, channels: (input: Int, output: Int) = (1, 3), groups: Int = 1, _ input: [Int],
    _ kernel: [Int], strides: [Int]? = nil, dilations: [Int]? = nil, padding: [(begin: Int, end: Int)]? = nil
  ) {
    self.name = name
    self.batch = batch
    self.channels = channels
    self.groups = groups
    self.input = input
    self.kernel = kernel
    let ones = Array(repeating: 1, count: input.count)
    self.strides = strides ?? ones
    self.dilations = dilations ?? ones
    self.padding = padding ?? Array(repeating: (0, 0), count: input.count)
  }

  var testDescription: String { name }

  var output: [Int] {
    input.indices.map { axis in
      let room = input[axis] + padding[axis].begin + padding[axis].end - (kernel[axis] - 1) * dilations[axis] - 1
      return room / strides[axis] + 1
    }
  }

  var geometry: WindowGeometry {
    WindowGeometry(
      input: input, output: output, kernel: kernel, strides: strides, dilations: dilations,
      padding: padding.map(\.begin))
  }

  /// The place in the input that a tap of the window at a place of the output looks at, nil in the padding.
  func place(_ output: [Int], _ tap: [Int]) -> Int? {
    let place = input.indices.map { output[$0] * strides[$0] + tap[$0] * dilations[$0] - padding[$0].begin }
    guard zip(place, input).allSatisfy({ 0 <= $0 && $0 < $1 }) else { return nil }
    return offset(place, in: input)
  }

  /// All triples of a place in the input, a tap, and a place in the output that belong together.
  var links: [(input: Int, tap: Int, output: Int)] {
    places(of: output).enumerated().flatMap { target, place in
      places(of: kernel).enumerated().compactMap { tap, coordinates in
        self.place(place, coordinates).map { ($0, tap, target) }
      }
    }
  }
}

extension WindowCase {
  static let all: [WindowCase] = [
    WindowCase("one axis", [7], [3]),
    WindowCase("one axis, strided and dilated", channels: (2, 4), [11], [3], strides: [2], dilations: [3]),
    WindowCase("two axes", channels: (3, 5), [5, 6], [3, 2]),
    WindowCase("batch of two", batch: 2, channels: (2, 3), [4, 4], [2, 2], padding: [(1, 1), (1, 1)]),
    WindowCase("asymmetric padding", channels: (2, 3), [4, 5], [3, 3], padding: [(2, 0), (0, 1)]),
    WindowCase(
      "strides, dilations and padding", batch: 2, channels: (4, 6), groups: 2, [7, 9], [2, 3], strides: [2, 3],
      dilations: [3, 2], padding: [(1, 2), (3, 0)]),
    WindowCase("depthwise", batch: 2, channels: (4, 4), groups: 4, [5, 5], [3, 3], padding: [(1, 1), (1, 1)]),
    WindowCase("depthwise, two of each", channels: (3, 6), groups: 3, [4, 4], [2, 2], strides: [2, 1]),
    WindowCase("pointwise", batch: 2, channels: (3, 4), [2, 5], [1, 1]),
    WindowCase("pointwise in groups", channels: (4, 6), groups: 2, [3, 3], [1, 1]),
    WindowCase("pointwise, strided", channels: (2, 3), [5, 4], [1, 1], strides: [2, 2]),
    WindowCase("three axes", channels: (2, 3), [3, 4, 5], [2, 2, 3], padding: [(0, 1), (1, 0), (1, 1)]),
    WindowCase("a window larger than the input", channels: (1, 3), [2, 2], [4, 4], padding: [(2, 2), (2, 2)]),
    WindowCase("padding wider than the window", channels: (1, 3), [2, 3], [2, 2], padding: [(3, 3), (0, 4)]),
    WindowCase("cut away by negative padding", channels: (1, 3), [6, 6], [2, 2], padding: [(-1, 0), (-2, -1)]),
    WindowCase("no image", batch: 0, [4, 4], [2, 2]),
    WindowCase("no input channel", channels: (0, 3), [4, 4], [2, 2]),
    WindowCase("no output channel", channels: (2, 0), [4, 4], [2, 2]),
  ]
}
