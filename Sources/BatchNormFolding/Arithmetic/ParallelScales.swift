/// What parallel maps add to single elements of a weight.
struct ParallelScales: Sendable {
  /// A weight element that a scale is added to.
  struct Place: Sendable {
    let element: Int
    let channel: Int
  }

  /// By element; without those that 0 is added to.
  let places: [Place]

  /// Per output channel.
  let scales: [ChannelScale]

  /// - Complexity: O(channels × (steps + log channels)).
  init(_ fold: ParallelFold) {
    let scales = fold.elements.indices.map { fold.scale(ofChannel: $0) }
    self.scales = scales
    places = fold.elements.indices.filter { !(scales[$0].error == 0 && scales[$0].value.hi == 0) }
      .map { Place(element: fold.elements[$0], channel: $0) }
      .sorted { ($0.element, $0.channel) < ($1.element, $1.channel) }
  }

  /// The places within a chunk.
  ///
  /// - Complexity: O(log places).
  func places(in range: Range<Int>) -> ArraySlice<Place> {
    places[firstIndex(from: range.lowerBound)..<firstIndex(from: range.upperBound)]
  }

  private func firstIndex(from element: Int) -> Int {
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle].element < element { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
