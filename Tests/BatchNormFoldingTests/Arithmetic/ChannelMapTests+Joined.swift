import Tensors
import Testing

@testable import BatchNormFolding

extension ChannelMapTests {
  @Test(arguments: PairLayout.all)
  func `a joined map has one channel for each pair of channels`(layout: PairLayout) throws {
    let (output, input) = try (#require(layout.output.map), #require(layout.input.map))
    for joint in [output.joined(with: input), input.joined(with: output)] {
      let pairs = zip(layout.output.channels, layout.input.channels).map { [$0, $1] }
      #expect(joint.elementCount == output.elementCount)
      #expect(joint.channels == Set(pairs).count)
      for (element, pair) in pairs.enumerated() {
        let first = joint.channel(ofElement: element) * joint.post
        #expect([output.channel(ofElement: first), input.channel(ofElement: first)] == pair)
      }
    }
  }

  @Test(arguments: PairLayout.all)
  func `runs of pairs cover every chunk with the right channels`(layout: PairLayout) throws {
    let (output, input) = try (#require(layout.output.map), #require(layout.input.map))
    for first in 0..<output.elementCount {
      var pairs: [[Int]] = []
      output.forEachPairRun(with: input, in: output.elementCount - first, from: first) { run in
        #expect(run.range.lowerBound == pairs.count)
        for step in 0..<run.range.count {
          pairs.append([
            run.channel + (run.isAscending ? step : 0), run.otherChannel + (run.otherIsAscending ? step : 0),
          ])
        }
      }
      #expect(pairs == zip(layout.output.channels, layout.input.channels).dropFirst(first).map { [$0, $1] })
    }
  }

  @Test func `a joined map of no elements has none`() throws {
    let map = try #require(ChannelMap(pre: 0, groups: 2, mid: 1, perGroup: 3, post: 4))
    #expect(map.joined(with: map).elementCount == 0)
  }
}
