import Tensors
import Testing

@testable import BatchNormFolding

/// Biases that are stored as whole multiples of a step for each channel, as those of quantized operators.
extension LinearDraftTests {
  @Test func `steps grow with the scales, so that the counts stay small`() throws {
    let bias = try bias([3, 5], steps: [0.5, 0.25], .multiplication([2, 4]), .addition([1, -1]))
    #expect(bias.multiples?.map(\.step) == [1, 1] && bias.multiples?.map(\.count) == [7, 19])
    #expect(bias.values == [7, 19] && bias.originals == [3, 5] && bias.holder == .linear)
  }

  @Test func `steps are those of all maps behind`() throws {
    let bias = try bias([3, 5], steps: [0.5, 0.25], .multiplication([2, 4]), .division([4, 0.5]))
    #expect(bias.multiples?.map(\.step) == [0.25, 2] && bias.multiples?.map(\.count) == [6, 20])
  }

  /// A step is the product of scales, which are above 0; the integers have the sign.
  @Test func `steps stay above 0 where scales are negative`() throws {
    let bias = try bias([3, -5], steps: [0.5, 0.25], .multiplication([-2, -4]))
    #expect(bias.multiples?.map(\.step) == [1, 1] && bias.multiples?.map(\.count) == [-6, 20])
    #expect(bias.values == [-6, 20])
  }

  @Test(arguments: [(0.25, 6, 0.75, 21), (0.5, 6, 0.5, 20), (-0.5, 6, 1.5, 22), (-0.25, 6, -0.75, 19)])
  func `an image between two multiples becomes the nearest, and of two as near the even one`(
    first: Double, count: Int32, second: Double, otherCount: Int32
  ) throws {
    let bias = try bias([3, 5], steps: [0.5, 0.25], .multiplication([2, 4]), .addition([first, second]))
    #expect(bias.multiples?.map(\.count) == [count, otherCount])
    // What the plan says of the bias is what a runtime reads.
    #expect(bias.values == [Double(count), Double(otherCount)])
  }

  @Test(arguments: [(1, -0x1p31, Int32.min), (0x1p-10, 0x1p20, 1 << 30)])
  func `an image as far from 0 as its counts go is a multiple`(step: Double, shift: Double, count: Int32) throws {
    let bias = try bias([0, 0], steps: [step, 1], .addition([shift, 1]))
    #expect(bias.multiples?.map(\.count) == [count, 1] && bias.values == [shift, 1])
  }

  @Test(arguments: [0x1p31, -0x1.000002p31, 0x1p60])
  func `where one channel's count would be past 32 bits all are stored as plain numbers`(shift: Double) throws {
    let bias = try bias([3, 5], steps: [0.25, 1], .addition([0.125, shift]))
    #expect(bias.multiples == nil)
    // 5 is less than half of what the last place of such a number is worth.
    #expect(bias.values == [3.125, shift])
  }

  @Test func `a channel that is scaled by 0 keeps its step`() throws {
    let bias = try bias([3, 5], steps: [0.5, 0.25], .multiplication([0, 4]), .addition([0.3, 0.1]))
    #expect(bias.multiples?.map(\.step) == [0.5, 1] && bias.multiples?.map(\.count) == [1, 20])
  }

  @Test func `one step for all channels becomes one for each`() throws {
    let bias = try bias([3, 5], steps: [0.5], .multiplication([2, 4]))
    #expect(bias.multiples?.map(\.step) == [1, 2] && bias.multiples?.map(\.count) == [6, 10])
  }

  /// Past 2²⁴ float32 has not every integer, and rounding the image to it first would be off by whole steps.
  @Test func `the exact image is rounded, once`() throws {
    let bias = try bias([0, 0], steps: [1, 1], .addition([0x1p30, 0x1p30]), .addition([5, -3]))
    #expect(bias.multiples?.map(\.count) == [1 << 30 + 5, 1 << 30 - 3])
    #expect(bias.values == [0x1p30, 0x1p30])
  }

  /// 0.1 · 0.3 as float32 is another number than what the old step grows to.
  @Test func `steps that are the input's times the weight's scales are so afterwards`() throws {
    let (input, scales, factors) = (Double(Float(0.1)), [0.3, 0.7].map { Double(Float($0)) }, [1.1, 1.7])
    let bias = try bias(
      [0, 0], steps: scales.map { Double(Float(input * $0)) }, inputStep: input, scales: scales,
      .multiplication(factors), .addition([1, 2]))
    let expected = zip(scales, factors).map { Double(Float(input * Double(Float($0 * $1)))) }
    #expect(bias.multiples?.map(\.step) == expected)
  }

  @Test func `steps that are something else only grow`() throws {
    let bias = try bias([0, 0], steps: [0.5, 0.25], inputStep: 3, .multiplication([2, 4]), .addition([1, 1]))
    #expect(bias.multiples?.map(\.step) == [1, 1])
  }

  @Test(arguments: [0x1p-140, 0x1p120])
  func `a step that float32 does not hold any more leaves plain numbers`(scale: Double) throws {
    let bias = try bias([0, 5], steps: [scale, 0.25], .multiplication([scale, 4]), .addition([1.25, 0]))
    #expect(bias.multiples == nil && bias.values == [1.25, 20])
  }

  @Test func `a bias of plain numbers is not rounded to multiples`() throws {
    let bias = try bias([3, 5], steps: nil, .multiplication([2, 4]), .addition([0.25, 0.75]))
    #expect(bias.multiples == nil && bias.values == [6.25, 20.75])
  }

  /// A convolution of one tap whose weight are the scales of its integers.
  private func bias(
    _ stored: [Double], steps: [Double]?, inputStep: Double? = nil, scales: [Double] = [0.5, 0.25],
    _ maps: ChannelAffine.Step...
  ) throws -> Fold.Bias {
    var builder = GraphBuilder()
    let weight = builder.constant("w", scales, shape: [2])
    let place = LinearOperator.Bias.constant(
      builder.constant("b", stored), layout: BiasLayout(rows: 1, isPerChannel: true), factor: 1)
    let linear = LinearOperator(
      weight: weight, weightMap: .rows(channels: 2, each: 1), bias: place, outputRank: 4, channelAxis: 1,
      inputStep: inputStep, hasOnlyPositiveScales: true)
    var draft = LinearDraft(
      OperatorID(0), linear, bias: stored, steps: steps, norm: nil, storage: .float32, weightName: "w",
      options: PlanOptions())
    for map in maps { #expect(draft.absorb(behind: ChannelAffine(channels: 2, steps: [map])) == nil) }
    return try #require(try draft.finished(norms: [], constants: builder.constants()).get().bias)
  }
}
