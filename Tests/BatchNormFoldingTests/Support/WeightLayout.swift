import Testing

@testable import BatchNormFolding

/// A weight of a shape, with the channel of each element by its coordinates.
struct WeightLayout: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let factors: [Int]

  /// The channel of each element, in row-major order.
  let channels: [Int]

  init(_ title: String, shape: [Int], factors: [Int], channel: ([Int]) -> Int) {
    testDescription = title
    self.factors = factors
    var channels: [Int] = []
    for element in 0..<shape.reduce(1, *) {
      var rest = element
      var position: [Int] = []
      for size in shape.reversed() {
        position.insert(rest % size, at: 0)
        rest /= size
      }
      channels.append(channel(position))
    }
    self.channels = channels
  }

  var map: ChannelMap? {
    ChannelMap(pre: factors[0], groups: factors[1], mid: factors[2], perGroup: factors[3], post: factors[4])
  }

  /// The layouts of the formats that exist: each with a shape whose sizes all differ.
  static let all: [WeightLayout] = [
    WeightLayout("Conv [O, I, kH, kW]", shape: [5, 3, 2, 4], factors: [1, 1, 1, 5, 24]) { $0[0] },
    WeightLayout("grouped Conv [O, I/g, k]", shape: [6, 2, 5], factors: [1, 1, 1, 6, 10]) { $0[0] },
    WeightLayout("depthwise Conv [C, 1, k, k]", shape: [7, 1, 3, 3], factors: [1, 1, 1, 7, 9]) { $0[0] },
    WeightLayout("pointwise Conv [O, I, 1, 1]", shape: [5, 4, 1, 1], factors: [1, 1, 1, 5, 4]) { $0[0] },
    WeightLayout("Conv of one input and one tap [O, 1, 1]", shape: [9, 1, 1], factors: [1, 1, 1, 9, 1]) { $0[0] },
    WeightLayout("ConvTranspose [I, O, k, k]", shape: [4, 3, 2, 2], factors: [1, 1, 4, 3, 4]) { $0[1] },
    WeightLayout("grouped ConvTranspose [I, O/g, k]", shape: [6, 4, 3], factors: [1, 2, 3, 4, 3]) {
      $0[0] / 3 * 4 + $0[1]
    },
    WeightLayout("depthwise ConvTranspose [C, 1, k, k]", shape: [5, 1, 3, 2], factors: [1, 5, 1, 1, 6]) { $0[0] },
    WeightLayout("ConvTranspose of one tap [I, O/g, 1]", shape: [6, 5, 1], factors: [1, 3, 2, 5, 1]) {
      $0[0] / 2 * 5 + $0[1]
    },
    WeightLayout("matrix [K, N]", shape: [7, 5], factors: [7, 1, 1, 5, 1]) { $0[1] },
    WeightLayout("transposed matrix [N, K]", shape: [5, 7], factors: [1, 1, 1, 5, 7]) { $0[0] },
    WeightLayout("left matrix [M, K]", shape: [3, 8], factors: [1, 1, 1, 3, 8]) { $0[0] },
    WeightLayout("TensorFlow [H, W, I, O]", shape: [3, 2, 4, 5], factors: [24, 1, 1, 5, 1]) { $0[3] },
    WeightLayout("TensorFlow depthwise [H, W, C, M]", shape: [3, 2, 4, 5], factors: [6, 4, 1, 5, 1]) {
      $0[2] * 5 + $0[3]
    },
  ]
}
