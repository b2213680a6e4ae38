extension FoldArithmetic {
  /// Scales one chunk of a weight, each element correctly rounded.
  ///
  /// - Parameters:
  ///   - source: Row-major elements.
  ///   - target: As many elements, which become the scaled ones.
  ///   - first: The index of the chunk's first element in the whole weight.
  ///   - map: The channels of the weight's elements.
  /// - Precondition: The chunk is within the weight, and the element type is the storage type.
  /// - Complexity: O(elements).
  package func scale<Element: StoredElement>(
    _ source: Span<Element>, into target: inout MutableSpan<Element>, from first: Int, map: ChannelMap
  ) -> ChunkOutcome {
    precondition(Element.storage == storage, "the elements must be of the storage type")
    precondition(source.count == target.count, "a fold must keep the number of elements")
    precondition(map.channels == affine.channels, "the weight must have the affine map's channels")
    return Element.scale(source, into: &target, from: first, map: map, by: self)
  }
}
