/// One aligned buffer through which payloads pass in chunks.
///
/// Chunks hold whole elements: the capacity is a multiple of every element's width.
@safe
package final class ChunkBuffer {
  private let memory: UnsafeMutableRawBufferPointer

  package init(capacity: Int = 1 << 20) {
    precondition(capacity % 64 == 0, "a chunk must hold whole elements")
    unsafe memory = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { unsafe memory.deallocate() }

  package var capacity: Int { unsafe memory.count }

  /// Calls `body` with each chunk of a payload, transformed, in order.
  ///
  /// - Complexity: O(bytes), in the memory of one buffer.
  func forEachChunk(
    of content: PayloadContent, _ body: (UnsafeRawBufferPointer) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    let total = content.byteCount
    var offset = 0
    while offset < total {
      let chunk = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<min(capacity, total - offset)])
      try unsafe fill(chunk, from: content.origin, at: offset)
      if let transform = content.transform { unsafe apply(transform, to: chunk, at: offset) }
      try unsafe body(UnsafeRawBufferPointer(chunk))
      offset += chunk.count
    }
  }

  /// Calls `body` with the elements of a payload's origin, untransformed, chunk by chunk.
  ///
  /// - Parameters:
  ///   - type: The elements' type; the payload holds a whole number of them.
  ///   - body: Takes a chunk and the index of its first element.
  package func forEachChunk<Element: BitwiseCopyable>(
    of content: PayloadContent, as type: Element.Type,
    _ body: (inout MutableSpan<Element>, Int) -> Void
  ) throws(ModelFileError) {
    let width = MemoryLayout<Element>.size
    precondition(content.byteCount % width == 0, "the payload must hold whole elements")
    var first = 0
    try unsafe forEachChunk(of: PayloadContent(content.origin)) { chunk in
      let elements = unsafe memory[..<chunk.count].bindMemory(to: Element.self)
      var span = unsafe elements.mutableSpan
      body(&span, first)
      first += elements.count
    }
  }

  private func apply<Transform: ChunkTransform>(
    _ transform: Transform, to chunk: UnsafeMutableRawBufferPointer, at offset: Int
  ) {
    let elements = unsafe chunk.bindMemory(to: Transform.Element.self)
    var span = unsafe elements.mutableSpan
    transform.transform(&span, from: offset / MemoryLayout<Transform.Element>.size)
  }

  private func fill(
    _ chunk: UnsafeMutableRawBufferPointer, from origin: PayloadContent.Origin, at offset: Int
  ) throws(ModelFileError) {
    switch origin {
    case .range(let source, let start, _):
      try unsafe source.read(into: chunk, at: start + offset)
    case .bytes(let bytes):
      unsafe bytes.withUnsafeBytes { all in
        unsafe chunk.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[offset..<offset + chunk.count]))
      }
    case .repeated(let element, _):
      // A chunk begins with a whole element; what is filled doubles.
      unsafe chunk.copyBytes(from: element)
      var filled = element.count
      while filled < chunk.count {
        let piece = min(filled, chunk.count - filled)
        unsafe UnsafeMutableRawBufferPointer(rebasing: chunk[filled...]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: chunk[..<piece]))
        filled += piece
      }
    }
  }
}
