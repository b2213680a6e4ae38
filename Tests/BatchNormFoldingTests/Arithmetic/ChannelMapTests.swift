import Tensors
import Testing

@testable import BatchNormFolding

@Suite struct ChannelMapTests {
  @Test(arguments: WeightLayout.all)
  func `gives each element the channel that its coordinates say`(layout: WeightLayout) throws {
    let map = try #require(layout.map)
    #expect(map.elementCount == layout.channels.count)
    #expect(map.channels == Set(layout.channels).count)
    #expect((0..<map.elementCount).map { map.channel(ofElement: $0) } == layout.channels)
  }

  @Test(arguments: WeightLayout.all)
  func `runs cover every chunk, wherever it begins and ends, with the right channels`(layout: WeightLayout) throws {
    let map = try #require(layout.map)
    let elements = map.elementCount
    for first in 0...elements {
      let covered = self.channels(of: map, count: elements - first, from: first)
      #expect(covered == Array(layout.channels[first...]))
    }
    var generator = SeededGenerator(seed: 61)
    for _ in 0..<100 {
      let first = Int.random(in: 0..<elements, using: &generator)
      let count = Int.random(in: 0...(elements - first), using: &generator)
      #expect(channels(of: map, count: count, from: first) == Array(layout.channels[first..<first + count]))
    }
  }

  @Test(arguments: WeightLayout.all)
  func `runs are as long as the layout allows`(layout: WeightLayout) throws {
    let map = try #require(layout.map)
    var lengths: [Int] = []
    map.forEachRun(in: map.elementCount, from: 0) { lengths.append($0.range.count) }
    let length = map.post > 1 ? map.post : map.perGroup
    #expect(lengths == Array(repeating: length, count: map.elementCount / length))
  }

  @Test func `has no elements and no runs where a factor is 0`() throws {
    let map = try #require(ChannelMap(pre: 0, groups: 2, mid: 1, perGroup: 3, post: 4))
    #expect(map.elementCount == 0)
    #expect(map.channels == 6)
    #expect(channels(of: map, count: 0, from: 0) == [])
  }

  @Test(arguments: [
    [-1, 1, 1, 1, 1], [1, 1, 1, 1, -3], [-1, -1, 1, 1, 1], [1 << 32, 1, 1, 1, 1 << 32], [1, 1 << 62, 1, 2, 1],
    [Int.max, 1, 2, 1, 1], [.max, .max, .max, .max, .max],
  ])
  func `does not exist with a negative factor or more elements than can be counted`(factors: [Int]) {
    let map = ChannelMap(
      pre: factors[0], groups: factors[1], mid: factors[2], perGroup: factors[3], post: factors[4])
    #expect(map == nil)
  }

  @Test func `an element outside the weight has no channel`() async {
    await #expect(processExitsWith: .failure) { _ = ChannelMap.rows(channels: 2, each: 3).channel(ofElement: 6) }
    await #expect(processExitsWith: .failure) { _ = ChannelMap.rows(channels: 2, each: 3).channel(ofElement: -1) }
  }

  /// The channels that the runs of a chunk give, which must follow each other without gaps.
  private func channels(of map: ChannelMap, count: Int, from first: Int) -> [Int] {
    var channels: [Int] = []
    map.forEachRun(in: count, from: first) { run in
      guard run.range.lowerBound == channels.count, !run.range.isEmpty else {
        Issue.record("a run covers \(run.range) behind \(channels.count) elements")
        return
      }
      for step in 0..<run.range.count { channels.append(run.isAscending ? run.channel + step : run.channel) }
    }
    return channels
  }
}
