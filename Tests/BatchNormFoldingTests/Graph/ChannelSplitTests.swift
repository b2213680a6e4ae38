import Testing

@testable import BatchNormFolding

@Suite struct ChannelSplitTests {
  private let split = ChannelSplit(axis: 1, counts: [2, 1, 3])

  @Test(arguments: [
    (0, [8, 9], [8, 9, 1, 1, 1, 1]), (1, [8], [1, 1, 8, 1, 1, 1]), (2, [7, 8, 9], [1, 1, 1, 7, 8, 9]),
  ])
  func `a map behind one part is one of the whole that leaves the rest`(part: Int, scales: [Double], all: [Double])
    throws
  {
    let relation = try #require(split.relation(of: part, behind: .axis(1, count: scales.count)))
    #expect(relation.input == .axis(1, count: 6))
    #expect(relation.carriedBack(.scaling(scales))?.marks == all)
  }

  @Test(arguments: [(0, [2, 3]), (1, [4]), (2, [5, 6, 7])])
  func `a map before it goes on into each part`(part: Int, scales: [Double]) throws {
    let relation = try #require(split.relation(of: part, before: .axis(1, count: 6)))
    #expect(relation.output == .axis(1, count: scales.count))
    #expect(relation.carriedForward(.scaling([2, 3, 4, 5, 6, 7]))?.marks == scales)
  }

  @Test func `a map along another axis is the whole's and each part's`() {
    for view in [ChannelView.axis(2, count: 4), .uniform] {
      #expect(split.relation(of: 1, before: view)?.output == view)
      #expect(split.relation(of: 1, behind: view)?.input == view)
    }
  }

  @Test func `a count or a part that is not there carries nothing`() {
    #expect(split.relation(of: 0, behind: .axis(1, count: 3)) == nil)
    #expect(split.relation(of: 0, before: .axis(1, count: 5)) == nil)
    #expect(split.relation(of: 3, behind: .axis(1, count: 3)) == nil)
    #expect(split.relation(of: 3, before: .axis(1, count: 6)) == nil)
    let unknown = ChannelSplit(axis: 1, counts: nil)
    #expect(unknown.relation(of: 0, behind: .axis(1, count: 2)) == nil)
    #expect(unknown.relation(of: 0, before: .axis(1, count: 6)) == nil)
  }
}
