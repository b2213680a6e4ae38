import Testing

@testable import BatchNormFolding

/// A weight of a shape, with the output and the input channel of each element by its coordinates.
struct PairLayout: Sendable, CustomTestStringConvertible {
  let output: WeightLayout
  let input: WeightLayout

  var testDescription: String { output.testDescription }

  private init(
    _ title: String, shape: [Int], output: [Int], input: [Int], channel: ([Int]) -> Int, inputChannel: ([Int]) -> Int
  ) {
    self.output = WeightLayout(title, shape: shape, factors: output, channel: channel)
    self.input = WeightLayout(title, shape: shape, factors: input, channel: inputChannel)
  }

  static let all: [PairLayout] = [
    PairLayout(
      "Conv [O, I, kH, kW]", shape: [5, 3, 2, 4], output: [1, 1, 1, 5, 24], input: [5, 1, 1, 3, 8], channel: { $0[0] },
      inputChannel: { $0[1] }),
    PairLayout(
      "grouped Conv [O, I/g, k]", shape: [6, 2, 5], output: [1, 1, 1, 6, 10], input: [1, 2, 3, 2, 5],
      channel: { $0[0] }, inputChannel: { $0[0] / 3 * 2 + $0[1] }),
    PairLayout(
      "depthwise Conv [C, 1, k, k]", shape: [7, 1, 3, 3], output: [1, 1, 1, 7, 9], input: [1, 7, 1, 1, 9],
      channel: { $0[0] }, inputChannel: { $0[0] }),
    PairLayout(
      "pointwise Conv [O, I, 1, 1]", shape: [5, 4, 1, 1], output: [1, 1, 1, 5, 4], input: [5, 1, 1, 4, 1],
      channel: { $0[0] }, inputChannel: { $0[1] }),
    PairLayout(
      "ConvTranspose [I, O, k, k]", shape: [4, 3, 2, 2], output: [1, 1, 4, 3, 4], input: [1, 1, 1, 4, 12],
      channel: { $0[1] }, inputChannel: { $0[0] }),
    PairLayout(
      "grouped ConvTranspose [I, O/g, k]", shape: [6, 4, 3], output: [1, 2, 3, 4, 3], input: [1, 1, 1, 6, 12],
      channel: { $0[0] / 3 * 4 + $0[1] }, inputChannel: { $0[0] }),
    PairLayout(
      "matrix [K, N]", shape: [7, 5], output: [7, 1, 1, 5, 1], input: [1, 1, 1, 7, 5], channel: { $0[1] },
      inputChannel: { $0[0] }),
    PairLayout(
      "transposed matrix [N, K]", shape: [5, 7], output: [1, 1, 1, 5, 7], input: [5, 1, 1, 7, 1], channel: { $0[0] },
      inputChannel: { $0[1] }),
    PairLayout(
      "TensorFlow [H, W, I, O]", shape: [3, 2, 4, 5], output: [24, 1, 1, 5, 1], input: [6, 1, 1, 4, 5],
      channel: { $0[3] }, inputChannel: { $0[2] }),
  ]
}
