import Tensors

/// A map in front of a linear operator, which its weight absorbs as well: each element is multiplied by the scale of
/// its input channel, and the shifts become a part of the bias.
package struct InputFold: Sendable {
  /// What the operator's input is the image of, per input channel.
  package let affine: ChannelAffine

  /// Which input channel each weight element reads.
  package let inputMap: ChannelMap

  /// Which output channel each weight element belongs to.
  package let outputMap: ChannelMap

  /// Which of the elements of a pair of channels, of so many in a row, an output sees at one place, where it is not all
  /// of them; those of other places give the same.
  package let seenTaps: (count: Int, seen: Set<Int>)?

  /// - Precondition: Both maps are of one weight, and the affine map has the input's channels.
  package init(
    affine: ChannelAffine, inputMap: ChannelMap, outputMap: ChannelMap, seenTaps: (count: Int, seen: Set<Int>)? = nil
  ) {
    precondition(inputMap.elementCount == outputMap.elementCount, "both channel maps must be of one weight")
    precondition(inputMap.channels == affine.channels, "the map in front must have the input's channels")
    (self.affine, self.inputMap, self.outputMap) = (affine, inputMap, outputMap)
    self.seenTaps = seenTaps
  }

  /// Shows the elements of a chunk that an output sees at one place, one by one or all together.
  ///
  /// - Parameters:
  ///   - first: The index of the chunk's first element in the weight.
  ///   - body: Called with a part of the chunk and the index of its first element.
  @inline(__always)
  func forEachSeen<Element: StoredElement>(
    _ chunk: Span<Element>, from first: Int, _ body: (Span<Element>, Int) -> Void
  ) {
    guard let seenTaps else { return body(chunk, first) }
    for index in chunk.indices where seenTaps.seen.contains((first + index) % seenTaps.count) {
      body(chunk.extracting(index..<index + 1), first + index)
    }
  }

  /// How many of so many elements of one pair of channels, all taps of it, an output sees at one place.
  func seenCount(of count: Int) -> Int { seenTaps.map { count / $0.count * $0.seen.count } ?? count }
}
