import Testing

@testable import BatchNormFolding

/// Shifts before a transposed convolution, of which every output sees the taps of one phase.
extension FoldPlannerTests {
  /// A transposed convolution of rank 3 whose windows do not overlap, behind a norm; its weight is
  /// `[inputs, outputs / groups, taps]`.
  struct Upsampling: Sendable {
    let weight: [Double]
    var bias: [Double]?
    var groups = 1
    let taps: Int
    let stride: Int

    static let reason = DeclineReason(.shiftNotUniform, "its taps differ")

    private var perGroup: Int { weight.count / (2 * taps) }
    private var channels: Int { groups * perGroup }

    func builder(behind numbers: NormNumbers) throws -> GraphBuilder {
      var builder = GraphBuilder()
      let id = builder.constant("w", weight, shape: [2, perGroup, taps])
      let place =
        bias.map { bias in
          LinearOperator.Bias.constant(
            builder.constant("b", bias), layout: BiasLayout(rows: 1, isPerChannel: true), factor: 1)
        } ?? .absent(hasSlot: true)
      let output = try #require(
        ChannelMap(pre: 1, groups: groups, mid: 2 / groups, perGroup: perGroup, post: taps))
      _ = builder.linear(
        builder.norm(builder.opaque(builder.value("x")), "n", numbers), "c",
        LinearOperator(
          weight: id, weightMap: output, bias: place, outputRank: 3, channelAxis: 1,
          input: LinearInput(
            axis: 1, map: .rows(channels: 2, each: weight.count / 2),
            shiftRule: .needsEqualPhases(ofTaps: Array(0..<taps), count: stride, Self.reason))))
      return builder
    }

    /// What it makes of two channels of positions.
    func output(_ input: [[Double]], weight: [Double]? = nil, bias: [Double]? = nil) -> [[Double]] {
      let (weight, bias) = (weight ?? self.weight, bias ?? self.bias ?? Array(repeating: 0, count: channels))
      return (0..<channels).map { channel in
        input[0].indices.flatMap { position in
          (0..<stride).map { phase in
            guard phase < taps else { return bias[channel] }
            return (0..<2).filter { $0 / (2 / groups) == channel / perGroup }.reduce(bias[channel]) { sum, row in
              sum + input[row][position] * weight[(row * perGroup + channel % perGroup) * taps + phase]
            }
          }
        }
      }
    }
  }

  /// Scales of 2 and 4 and shifts of 1 and −1.
  private static let input: [[Double]] = [[1, 2, -3], [0.5, 0, 8]]
  private static let image: [[Double]] = [[3, 5, -5], [1, -1, 31]]

  @Test(
    arguments: [
      Upsampling(weight: [1, 2, 3, 4, 0, 1, 2, 3], taps: 4, stride: 4),
      Upsampling(weight: [1, 5, 3, 4, 0, 4, 1, 2], taps: 2, stride: 2),
      Upsampling(weight: [1, 5, 3, 4, 0, 4, 1, 2], bias: [0.5, -7], taps: 2, stride: 2),
      Upsampling(weight: [3, 3, 5, 5], groups: 2, taps: 2, stride: 2),
      Upsampling(weight: [3, 3, 4, 4, 5, 5, 6, 6], bias: [1, 2, 3, 4], groups: 2, taps: 2, stride: 2),
      Upsampling(weight: [3, 4, 3, 4], taps: 2, stride: 5),
    ])
  func `a norm goes into a transposed convolution whose phases agree on what its shift gives`(
    upsampling: Upsampling
  ) throws {
    let plan = try upsampling.builder(behind: Self.plain).plan()
    let fold = try #require(plan.folds.first)
    #expect(plan.codes == [nil] && plan.directions == [.forward])
    #expect(
      upsampling.output(Self.input, weight: fold.weights(upsampling.weight), bias: fold.bias?.values)
        == upsampling.output(Self.image))
  }

  @Test(
    arguments: [
      Upsampling(weight: [1, 2, 3, 4], taps: 2, stride: 2),
      Upsampling(weight: [3, 3, 5, 6], groups: 2, taps: 2, stride: 2),
      Upsampling(weight: [3, 4, 3, 4], groups: 2, taps: 2, stride: 2),
      Upsampling(weight: [3, 3, 5, 5], taps: 2, stride: 3),
    ])
  func `a norm stays before one whose phases do not agree`(upsampling: Upsampling) throws {
    // By the plain norm's shifts the first of them would be 1 · 1 − 1 · 3 and 1 · 2 − 1 · 4, which are equal.
    let numbers = NormNumbers(gamma: [2, 4], beta: [1, 1], mean: [0, 0], variance: [1, 1], epsilon: 0)
    try expectDecline(
      upsampling.builder(behind: numbers), .shiftNotUniform,
      "its input 'r' comes from the Relu 'r/Relu'; its taps differ")
  }

  @Test func `a norm without a shift goes into any, whose weight nobody looks at`() throws {
    let upsampling = Upsampling(weight: [1, 2, 3, 5], taps: 2, stride: 3)
    let numbers = NormNumbers(gamma: [2, 4], beta: [0, 0], mean: [0, 0], variance: [1, 1], epsilon: 0)
    let builder = try upsampling.builder(behind: numbers)
    let constants = builder.constants()
    let plan = try FoldPlanner.plan(builder.graph, constants: constants)
    #expect(plan.directions == [.forward] && constants.visits == 0)
    #expect(plan.folds.first?.weights(upsampling.weight) == [2, 4, 12, 20])
    #expect(plan.folds.map { $0.bias == nil } == [true])
  }
}
