import Tensors

extension ChannelMap {
  /// A stretch of elements whose channels follow from the first's.
  struct Run: Equatable {
    /// Indices into the chunk.
    let range: Range<Int>

    /// The channel of the first element.
    let channel: Int

    /// Whether each element has the next channel, or all have the same.
    let isAscending: Bool
  }

  /// Calls `body` with the runs of a chunk of the weight, in order.
  ///
  /// - Parameters:
  ///   - count: The elements of the chunk.
  ///   - first: The index of the chunk's first element in the weight.
  /// - Precondition: The chunk is within the weight.
  /// - Complexity: O(runs).
  @inline(__always)
  func forEachRun(in count: Int, from first: Int, _ body: (Run) -> Void) {
    checkChunk(of: count, from: first)
    guard count > 0 else { return }
    var cursor = cursor(at: first)
    var position = 0
    while position < count {
      let end = position + min(cursor.remaining, count - position)
      body(Run(range: position..<end, channel: cursor.channel, isAscending: cursor.isAscending))
      cursor.advance(by: end - position)
      position = end
    }
  }

  /// A cursor at an element.
  ///
  /// - Precondition: The element is in the weight.
  func cursor(at element: Int) -> Cursor {
    precondition(element >= 0 && element < elementCount, "an element must be in the weight")
    // What has one channel is one run, and so is each group that has one; groups of one element follow one another.
    if channels == 1 { return Cursor((1, 1, 1, elementCount), at: element) }
    if perGroup > 1 { return Cursor((groups, mid, perGroup, post), at: element) }
    return mid * post > 1
      ? Cursor((groups, 1, 1, mid * post), at: element) : Cursor((1, 1, channels, 1), at: element)
  }

  /// Traps unless a chunk is within the weight.
  func checkChunk(of count: Int, from first: Int) {
    precondition(first >= 0 && count <= elementCount - first, "a chunk must be within the weight")
  }
}
