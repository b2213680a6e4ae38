extension ChannelMap {
  /// A place in a weight, and the run of elements that goes on from there.
  struct Cursor {
    /// Whether the elements of a run have channels that follow one another, or all have the same.
    let isAscending: Bool

    /// The channel of the element here.
    private(set) var channel: Int

    /// The elements of the run from here on.
    private(set) var remaining: Int

    private let runLength: Int

    /// The runs of a group, how often they are repeated, and the groups.
    private let runs: Int
    private let mid: Int
    private let groups: Int

    private var run: Int
    private var repetition: Int
    private var group: Int

    /// - Parameters:
    ///   - shape: The factors of a map but for the first.
    ///   - element: An element of the weight.
    init(_ shape: (groups: Int, mid: Int, perGroup: Int, post: Int), at element: Int) {
      isAscending = shape.post == 1
      // An ascending run is a whole group.
      runLength = isAscending ? shape.perGroup : shape.post
      runs = isAscending ? 1 : shape.perGroup
      (groups, mid) = (shape.groups, shape.mid)
      let index = element / runLength
      let position = element % runLength
      run = index % runs
      repetition = index / runs % mid
      group = index / runs / mid % groups
      remaining = runLength - position
      channel = group * shape.perGroup + (isAscending ? position : run)
    }

    /// Goes on within the run, or to the beginning of the next.
    ///
    /// - Precondition: The run has `count` more elements.
    @inline(__always)
    mutating func advance(by count: Int) {
      remaining -= count
      guard remaining == 0 else {
        channel += isAscending ? count : 0
        return
      }
      remaining = runLength
      run += 1
      if run == runs {
        run = 0
        repetition += 1
        if repetition == mid {
          repetition = 0
          group = group + 1 == groups ? 0 : group + 1
        }
      }
      channel = isAscending ? group * runLength : group * runs + run
    }
  }
}
