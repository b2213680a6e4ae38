import Testing

@testable import BatchNormFolding

@Suite struct ConcatenationTests {
  private let joined = Concatenation(axis: 1, counts: [2, 1, 3])

  @Test(arguments: [(0, [2, 3]), (1, [4]), (2, [5, 6, 7])])
  func `each part takes its own channels of a map behind it`(part: Int, scales: [Double]) throws {
    let relation = try #require(joined.relation(of: part, behind: .axis(1, count: 6)))
    #expect(relation.input == .axis(1, count: scales.count))
    #expect(relation.carriedBack(.scaling([2, 3, 4, 5, 6, 7]))?.marks == scales)
  }

  @Test(arguments: [
    (0, [8, 9], [8, 9, 1, 1, 1, 1]), (1, [8], [1, 1, 8, 1, 1, 1]), (2, [7, 8, 9], [1, 1, 1, 7, 8, 9]),
  ])
  func `a map before one part leaves the others as they are`(part: Int, scales: [Double], all: [Double]) throws {
    let relation = try #require(joined.relation(of: part, before: .axis(1, count: scales.count)))
    let carried = relation.carriedForward(.scaling(scales))
    #expect(relation.output == .axis(1, count: 6) && carried?.marks == all)
    #expect(carried?.isIdentity(ofChannel: part == 0 ? 2 : 0) == true)
  }

  @Test func `a map along another axis is every part's, but not one part's alone`() throws {
    for view in [ChannelView.axis(2, count: 4), .uniform] {
      let relation = try #require(joined.relation(of: 1, behind: view))
      #expect(relation.input == view && relation.output == view)
      #expect(joined.relation(of: 1, before: view) == nil)
    }
  }

  @Test func `a count that is not the parts' carries nothing`() {
    #expect(joined.relation(of: 0, behind: .axis(1, count: 5)) == nil)
    #expect(joined.relation(of: 0, before: .axis(1, count: 3)) == nil)
  }

  @Test func `parts of unknown lengths keep only other axes apart`() {
    let unknown = Concatenation(axis: 1, counts: nil)
    #expect(unknown.relation(of: 0, behind: .axis(1, count: 6)) == nil)
    #expect(unknown.relation(of: 0, before: .axis(1, count: 2)) == nil)
    #expect(unknown.relation(of: 0, behind: .axis(2, count: 6)) != nil)
  }
}
