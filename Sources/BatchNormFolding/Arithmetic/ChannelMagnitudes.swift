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
  /// - Complexity: O(elements).
  package mutating func observe<Element: StoredElement>(
    _ chunk: Span<Element>, from first: Int, map: ChannelMap
  ) {
    precondition(map.channels == largest.count, "the weight must have the same channels")
    Element.observe(chunk, from: first, map: map, in: &self)
  }

  @inline(__always)
  mutating func observeElements<Element: FastScalable>(_ chunk: Span<Element>, from first: Int, map: ChannelMap) {
    map.forEachRun(in: chunk.count, from: first) { run in
      let elements = chunk.extracting(run.range)
      if run.isAscending {
        observeOne(elements, of: run.channel)
      } else {
        observeAll(elements, of: run.channel)
      }
    }
  }

  /// Looks at elements of one channel.
  @inline(__always)
  private mutating func observeAll<Element: FastScalable>(_ elements: Span<Element>, of channel: Int) {
    var most: Element.MagnitudeBits = 0
    for index in elements.indices {
      let magnitude = elements[index].magnitudeBits
      most = magnitude > most ? magnitude : most
    }
    if most < Element.infinityBits {
      largest[channel] = max(largest[channel], Element(magnitudeBits: most).widened)
    } else {
      for index in elements.indices { observe(elements[index].widened.magnitude, of: channel) }
    }
  }

  /// Looks at one element of each channel from one on.
  @inline(__always)
  private mutating func observeOne<Element: FastScalable>(_ elements: Span<Element>, of first: Int) {
    var target = largest.mutableSpan
    var oddities: UInt64 = 0
    for index in elements.indices {
      let size = elements[index].widened.magnitude
      let known = target[first &+ index]
      // 0 for a number, NaN for what is none.
      oddities |= (size - size).bitPattern
      target[first &+ index] = size > known && size <= .greatestFiniteMagnitude ? size : known
    }
    if oddities != 0 { hasNonFinite = true }
  }

  private mutating func observe(_ size: Double, of channel: Int) {
    if size.isFinite {
      largest[channel] = max(largest[channel], size)
    } else {
      hasNonFinite = true
    }
  }
}
