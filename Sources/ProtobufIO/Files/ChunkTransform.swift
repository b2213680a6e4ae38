/// An element-wise change of a payload that is applied while the payload streams by.
package protocol ChunkTransform: AnyObject {
  /// The elements' type in memory, which is also that of the file (little-endian).
  associatedtype Element: BitwiseCopyable

  /// Changes one chunk.
  ///
  /// - Parameters:
  ///   - source: Row-major elements of the payload.
  ///   - target: As many elements, which become the changed ones.
  ///   - first: The index of the chunk's first element in the whole payload.
  func transform(_ source: Span<Element>, into target: inout MutableSpan<Element>, from first: Int)
}
