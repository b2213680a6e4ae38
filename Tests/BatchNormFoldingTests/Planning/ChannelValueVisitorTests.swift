import Testing

@testable import BatchNormFolding

@Suite struct ChannelValueVisitorTests {
  /// What is found of elements that come in pieces of a size.
  private func values(_ elements: [Float], _ factors: (pre: Int, channels: Int, post: Int), pieces: Int) throws
    -> [Double]?
  {
    let map = try #require(
      ChannelMap(pre: factors.pre, groups: 1, mid: 1, perGroup: factors.channels, post: factors.post))
    var visitor = ChannelValueVisitor(map: map)
    for first in stride(from: 0, to: elements.count, by: pieces) {
      visitor.observe(Array(elements[first..<min(first + pieces, elements.count)]).span, from: first)
    }
    return visitor.values
  }

  @Test(arguments: 1...13)
  func `the values of channels are found whatever the pieces`(pieces: Int) throws {
    #expect(try values([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2], (2, 2, 3), pieces: pieces) == [1, 2])
    #expect(try values([1, 2, 1, 2, 1, 2], (3, 2, 1), pieces: pieces) == [1, 2])
    #expect(try values([1, 2, 3], (1, 3, 1), pieces: pieces) == [1, 2, 3])
    #expect(try values([5, 5, 5, 5], (1, 1, 4), pieces: pieces) == [5])
    #expect(try values([], (1, 0, 1), pieces: pieces) == [])
  }

  @Test(arguments: 1...7)
  func `one element that differs is enough`(pieces: Int) throws {
    for index in 0..<6 {
      var elements: [Float] = [1, 1, 1, 2, 2, 2]
      elements[index] += 0x1p-22
      #expect(try values(elements, (1, 2, 3), pieces: pieces) == nil)
    }
    for index in 0..<6 {
      var elements: [Float] = [1, 2, 1, 2, 1, 2]
      elements[index].negate()
      #expect(try values(elements, (3, 2, 1), pieces: pieces) == nil)
    }
  }

  @Test func `zeros of either sign differ, and what is no number may be everywhere`() throws {
    #expect(try values([0, -0.0], (1, 1, 2), pieces: 2) == nil)
    #expect(try values([.nan, .nan], (1, 1, 2), pieces: 2)?.first?.isNaN == true)
    #expect(try values([.infinity, .infinity], (1, 1, 2), pieces: 2) == [.infinity])
  }
}
