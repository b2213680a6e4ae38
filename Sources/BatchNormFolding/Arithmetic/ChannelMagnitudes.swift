/// The largest magnitude of the weight elements of each channel.
package struct ChannelMagnitudes: Equatable, Sendable {
  private var largest: [Double]

  /// Whether an element was infinite or NaN.
  package private(set) var hasNonFinite = false

  /// - Parameter channels: The number of channels, each 0 so far.
  package init(channels: Int) { largest = Array(repeating: 0, count: channels) }

  /// The magnitudes of a weight of equal elements.
  package init(channels: Int, of element: Double) {
    largest = Array(repeating: element.isFinite ? abs(element) : 0, count: channels)
    hasNonFinite = !element.isFinite
  }

  /// The largest magnitude of one channel.
  package subscript(channel: Int) -> Double { largest[channel] }

  /// Looks at a chunk of a weight.
  ///
  /// - Precondition: The chunk is within the weight.
  package mutating func observe<Element: StoredElement>(
    _ chunk: Span<Element>, from first: Int, map: ChannelMap
  ) { Element.observe(chunk, from: first, map: map, in: &self) }

  @inline(__always)
  mutating func observeElements<Element: StoredElement>(
    _ chunk: Span<Element>, from first: Int, map: ChannelMap
  ) {
    map.forEachRun(in: chunk.count, from: first) { run in
      for index in run.range {
        let channel = run.isAscending ? run.channel + index - run.range.lowerBound : run.channel
        let size = abs(chunk[index].widened)
        if size.isFinite {
          largest[channel] = max(largest[channel], size)
        } else {
          hasNonFinite = true
        }
      }
    }
  }
}
