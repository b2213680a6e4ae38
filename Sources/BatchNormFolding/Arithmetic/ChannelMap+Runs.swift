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
  /// - Complexity: O(runs).
  @inline(__always)
  func forEachRun(in count: Int, from first: Int, _ body: (Run) -> Void) {
    precondition(first >= 0 && first + count <= elementCount, "a chunk must be within the weight")
    var position = 0
    while position < count {
      let element = first + position
      let channel = channel(ofElement: element)
      let length =
        if post > 1 {
          post - element % post
        } else {
          perGroup - channel % perGroup
        }
      let end = min(position + length, count)
      body(Run(range: position..<end, channel: channel, isAscending: post == 1))
      position = end
    }
  }
}
