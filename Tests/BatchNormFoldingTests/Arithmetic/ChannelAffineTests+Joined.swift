import Testing

@testable import BatchNormFolding

/// Maps that two ways of one map came to.
extension ChannelAffineTests {
  typealias Steps = [ChannelAffine.Step]

  /// The exact identity in one channel, in both forms that it has.
  private static let norm = ChannelAffine.Step.normalization(
    gamma: [4, 1], beta: [1, 0], mean: [2, 0], variance: [3, 1], epsilon: [1, 0])
  private static let otherNorm = ChannelAffine.Step.normalization(
    gamma: [1, 5], beta: [0, 2], mean: [0, 3], variance: [1, 8], epsilon: [0, 1])

  @Test(
    arguments: [
      ([norm], [otherNorm], 1), ([norm, .addition([5, 0])], [otherNorm], 2),
      ([norm], [otherNorm, .division([1, 3])], 2),
      ([.multiplication([7, 1]), .addition([1, 0])], [.multiplication([1, 9]), .addition([0, 2])], 2),
      ([.addition([1, 0])], [.multiplication([1, 9])], 2), ([], [otherNorm], 1), ([norm], [], 1),
    ] as [(Steps, Steps, Int)])
  func `maps of different channels share their steps`(first: Steps, second: Steps, count: Int) {
    let (first, second) = (ChannelAffine(channels: 2, steps: first), ChannelAffine(channels: 2, steps: second))
    let joined = first.joined(with: second)
    #expect(joined.steps.count == count)
    for channel in 0..<2 {
      for number in [0.0, 1, -2.5] {
        let expected = second.applied(
          to: first.applied(to: DoubleDouble(number), channel: channel), channel: channel)
        #expect(joined.applied(to: DoubleDouble(number), channel: channel) == expected)
      }
    }
  }

  @Test func `maps of one channel are applied one after the other`() {
    let first = ChannelAffine(channels: 1, steps: [.multiplication([2])])
    let second = ChannelAffine(channels: 1, steps: [.addition([1])])
    #expect(first.joined(with: second).steps == [.multiplication([2]), .addition([1])])
    #expect(first.joined(with: first).steps == [.multiplication([2]), .multiplication([2])])
  }
}
