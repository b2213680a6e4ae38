import Testing

@testable import BatchNormFolding

@Suite struct ChannelRelationTests {
  private static let three = ChannelView.axis(1, count: 3)

  @Test func `channels that stay as they are have the same map on both sides`() {
    let relation = ChannelRelation(Self.three, became: .axis(2, count: 3))
    let map = ChannelAffine.scaling([2, 3, 4])
    #expect(relation.carriedBack(map) == map && relation.carriedForward(map) == map)
  }

  @Test func `channels in another order have their maps in it`() {
    let relation = ChannelRelation(input: Self.three, output: Self.three, pairing: [2, 0, 1], with: [0, 1, 2])
    #expect(relation.carriedBack(.scaling([2, 3, 4]))?.marks == [3, 4, 2])
    #expect(relation.carriedForward(.scaling([2, 3, 4]))?.marks == [4, 2, 3])
  }

  @Test func `a channel that becomes several has their map where they have one`() throws {
    let relation = try #require(ChannelRelation(input: .axis(1, count: 2), output: .axis(1, count: 6)))
    #expect(relation.carriedForward(.scaling([2, 3]))?.marks == [2, 2, 2, 3, 3, 3])
    #expect(relation.carriedBack(.scaling([2, 2, 2, 3, 3, 3]))?.marks == [2, 3])
    #expect(relation.carriedBack(.scaling([2, 2, 2, 3, 3, 4])) == nil)
  }

  @Test func `several channels that become one have its map, and go on where they have one`() throws {
    let relation = try #require(ChannelRelation(input: .axis(1, count: 4), output: .axis(1, count: 2)))
    #expect(relation.carriedBack(.scaling([2, 3]))?.marks == [2, 2, 3, 3])
    #expect(relation.carriedForward(.scaling([2, 2, 3, 3]))?.marks == [2, 3])
    #expect(relation.carriedForward(.scaling([2, 3, 3, 3])) == nil)
  }

  @Test(arguments: [(4, 6), (6, 4), (0, 3), (3, 0), (0, 0)])
  func `counts of which none divides the other are no channels of each other`(inputs: Int, outputs: Int) {
    #expect(ChannelRelation(input: .axis(1, count: inputs), output: .axis(1, count: outputs)) == nil)
  }

  @Test func `maps are one only if every step of them is, to the bit`() throws {
    let relation = try #require(ChannelRelation(input: .axis(1, count: 1), output: .axis(1, count: 2)))
    #expect(relation.carriedBack(.shifting([0, -0.0])) == nil)
    // Twice 3 and three times 2 are one number, but not one map by their parameters.
    let both = ChannelAffine(channels: 2, steps: [.multiplication([2, 3]), .multiplication([3, 2])])
    #expect(relation.carriedBack(both) == nil)
  }

  @Test func `what nothing is made of stays as it is`() {
    let relation = ChannelRelation(
      input: Self.three, output: .axis(1, count: 1), pairing: [1], with: [0])
    let norm = ChannelAffine.norms([
      .normalization(gamma: [3], beta: [5], mean: [7], variance: [8], epsilon: 1), .addition([2]), .division([4]),
    ])
    let carried = relation.carriedBack(norm)
    #expect(carried?.marks == [1, 0.25, 1] && carried?.shifts == [0, 0, 0])
    #expect(carried.map { map in [0, 2].allSatisfy { map.isIdentity(ofChannel: $0) } } == true)
  }

  @Test func `pairs and views of different lengths trap`() async {
    await #expect(processExitsWith: .failure) {
      _ = ChannelRelation(.axis(1, count: 2), became: .axis(1, count: 3))
    }
    await #expect(processExitsWith: .failure) {
      _ = ChannelRelation(input: .uniform, output: .uniform, pairing: [0], with: [])
    }
  }
}
