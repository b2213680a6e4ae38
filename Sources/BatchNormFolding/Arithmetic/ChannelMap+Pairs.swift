import Tensors

extension ChannelMap {
  /// A stretch of elements whose channels in two maps follow from the first's.
  struct PairRun {
    /// Indices into the chunk.
    let range: Range<Int>

    /// The channels of the first element.
    let channel: Int
    let otherChannel: Int

    /// Whether each element has the next channel, or all have the same.
    let isAscending: Bool
    let otherIsAscending: Bool

    /// Whether all elements have the same channels in both.
    var isUniform: Bool { !isAscending && !otherIsAscending }
  }

  /// Two cursors in one weight.
  struct PairCursor {
    private var first: Cursor
    private var second: Cursor

    init(_ first: Cursor, _ second: Cursor) { (self.first, self.second) = (first, second) }

    /// The run from here on, of so many elements at most, behind which the cursors then are.
    @inline(__always)
    mutating func next(atMost count: Int, from position: Int) -> PairRun {
      let length = min(count, first.remaining, second.remaining)
      let run = PairRun(
        range: position..<position + length, channel: first.channel, otherChannel: second.channel,
        isAscending: first.isAscending, otherIsAscending: second.isAscending)
      first.advance(by: length)
      second.advance(by: length)
      return run
    }
  }

  /// Calls `body` with the runs of a chunk in which the channels of two maps follow from the first element's.
  ///
  /// - Precondition: The chunk is within the weight, of which both maps are.
  /// - Complexity: O(runs).
  @inline(__always)
  func forEachPairRun(with other: ChannelMap, in count: Int, from first: Int, _ body: (PairRun) -> Void) {
    checkChunk(of: count, from: first)
    precondition(other.elementCount == elementCount, "both maps must be of one weight")
    guard count > 0 else { return }
    var cursor = PairCursor(cursor(at: first), other.cursor(at: first))
    var position = 0
    while position < count {
      let run = cursor.next(atMost: count - position, from: position)
      body(run)
      position = run.range.upperBound
    }
  }
}
