import Testing

@testable import BatchNormFolding

@Suite struct ConstantAdditionTests {
  private static let perChannel = BiasLayout(rows: 1, isPerChannel: true)
  private static let uniform = BiasLayout(rows: 1, isPerChannel: false)

  @Test(arguments: [
    ([3, 1, 1], 4, 1, perChannel), ([1, 3, 1, 1], 4, 1, perChannel), ([3], 2, 1, perChannel),
    ([1, 3], 2, 1, perChannel),
    ([3, 1], 3, 1, perChannel), ([3], 4, 3, perChannel), ([], 4, 1, uniform), ([1], 4, 1, uniform),
    ([1, 1, 1, 1], 4, 1, uniform), ([1, 1], 2, 1, uniform),
  ])
  func `varies along the channels or not at all`(shape: [Int], rank: Int, axis: Int, layout: BiasLayout) {
    #expect(addition().layout(shape: shape, rank: rank, channelAxis: axis, channels: 3) == layout)
  }

  @Test(arguments: [
    ([3], 4, 1), ([3, 1], 4, 1), ([2, 3, 1, 1], 4, 1), ([3, 1, 5], 4, 1), ([4, 1, 1], 4, 1), ([1, 3, 1, 1], 3, 1),
    ([1, 1, 1], 2, 1), ([0, 1, 1], 4, 1), ([3, 3], 2, 1),
  ])
  func `has no layout where it varies along another axis or widens the value`(shape: [Int], rank: Int, axis: Int) {
    #expect(addition().layout(shape: shape, rank: rank, channelAxis: axis, channels: 3) == nil)
  }

  @Test(
    arguments: [
      ([3], 1, perChannel), ([3, 1], 1, perChannel), ([1, 3], 0, perChannel), ([1], 3, uniform), ([3], 0, nil),
      ([3], 2, nil), ([3, 1, 1], 2, nil), ([3], -1, nil), ([1], 4, nil),
    ] as [([Int], Int, BiasLayout?)])
  func `begins at the axis that is named, where one is`(shape: [Int], first: Int, layout: BiasLayout?) {
    #expect(addition(first).layout(shape: shape, rank: 4, channelAxis: 1, channels: 3) == layout)
  }

  @Test func `counts as per channel where there is one channel`() {
    #expect(addition().layout(shape: [], rank: 4, channelAxis: 1, channels: 1) == Self.perChannel)
    #expect(addition().layout(shape: [1, 1, 1], rank: 4, channelAxis: 1, channels: 1) == Self.perChannel)
  }

  @Test func `an axis as large as numbers go has no layout`() async {
    await #expect(processExitsWith: .success) {
      let addition = ConstantAddition(constant: ConstantID(0), firstAxis: .max)
      _ = addition.layout(shape: [3], rank: 4, channelAxis: 1, channels: 3)
    }
  }

  private func addition(_ firstAxis: Int? = nil) -> ConstantAddition {
    ConstantAddition(constant: ConstantID(0), firstAxis: firstAxis)
  }
}
