import Testing

@testable import BatchNormFolding

@Suite struct ConstantAffineTests {
  @Test(arguments: [
    ([3, 1, 1], 4, 1), ([1, 3, 1, 1], 4, 1), ([3], 2, 1), ([1, 3], 2, 1), ([3, 1], 3, 1), ([3], 4, 3), ([3, 1], 4, 2),
    ([3, 1, 1, 1], 4, 0),
  ])
  func `a constant with one axis that is not 1 varies along it`(shape: [Int], rank: Int, axis: Int) {
    #expect(ChannelView(constantOf: shape, over: rank) == .axis(axis, count: 3))
  }

  @Test(arguments: [([], 4), ([1], 4), ([1, 1, 1, 1], 4), ([1, 1], 2), ([], 0)])
  func `a constant of one element is the same everywhere`(shape: [Int], rank: Int) {
    #expect(ChannelView(constantOf: shape, over: rank) == .uniform)
  }

  @Test(arguments: [
    ([2, 3, 1, 1], 4), ([3, 1, 5], 4), ([1, 3, 1, 1], 3), ([1, 1, 1], 2), ([0, 1, 1], 4), ([3, 3], 2), ([0], 1),
    ([1], 0),
  ])
  func `a constant that varies along several axes, is empty or widens the value has no view`(
    shape: [Int], rank: Int
  ) {
    #expect(ChannelView(constantOf: shape, over: rank) == nil)
  }

  @Test(
    arguments: [
      ([3], 1, .axis(1, count: 3)), ([3, 1], 1, .axis(1, count: 3)), ([1, 3], 0, .axis(1, count: 3)),
      ([1], 3, .uniform), ([3], 0, .axis(0, count: 3)), ([3], 2, .axis(2, count: 3)), ([3, 1, 1], 2, nil),
      ([3], -1, nil), ([1], 4, nil),
    ] as [([Int], Int, ChannelView?)])
  func `begins at the axis that is named, where one is`(shape: [Int], first: Int, view: ChannelView?) {
    #expect(ChannelView(constantOf: shape, over: 4, firstAxis: first) == view)
  }

  @Test func `an axis as large as numbers go has no view`() async {
    await #expect(processExitsWith: .success) {
      _ = ChannelView(constantOf: [3], over: 4, firstAxis: .max)
      _ = ChannelView(constantOf: [3], over: 4, firstAxis: .min)
    }
  }

  @Test(
    arguments: [
      (.addition, [5, 3.5]), (.subtraction, [-3, 0.5]), (.reversedSubtraction, [3, -0.5]), (.multiplication, [4, 3]),
      (.division, [0.25, 4 / 3]),
    ] as [(ConstantAffine.Operation, [Double])])
  func `its steps do what it does`(operation: ConstantAffine.Operation, images: [Double]) {
    let affine = ConstantAffine(operation, constant: ConstantID(0), view: .axis(1, count: 2))
    let map = ChannelAffine(channels: 2, steps: affine.steps([4, 1.5]))
    #expect((0..<2).map { map.applied(to: DoubleDouble([1, 2][$0]), channel: $0).hi } == images)
    #expect(affine.scales == ![.addition, .subtraction].contains(operation))
  }

  @Test(
    arguments: [
      ([2, 3, 5], 1, 1, [1, 2, 15]), ([2, 3, 5], 1, 2, [2, 3, 5]), ([2, 3, 5], 1, 3, [6, 5, 1]),
      ([2, 3, 5], 1, 0, [1, 1, 30]), ([2, 1, 5], 0, 1, [2, 1, 5]), ([], 4, 1, [1, 1, 1]), ([4], 3, nil, [1, 1, 4]),
    ] as [([Int], Int, Int?, [Int])])
  func `its elements belong to channels along an axis of the value`(
    shape: [Int], first: Int, axis: Int?, factors: [Int]
  ) throws {
    let affine = ConstantAffine(.addition, constant: ConstantID(0), view: nil, firstAxis: first)
    let map = try #require(affine.channels(along: axis, in: shape))
    #expect([map.pre, map.perGroup, map.post] == factors && map.groups == 1 && map.mid == 1)
  }

  @Test func `a constant of more axes than the value has no channels`() {
    let affine = ConstantAffine(.addition, constant: ConstantID(0), view: nil)
    #expect(affine.channels(along: 1, in: [3]) == nil)
  }
}
