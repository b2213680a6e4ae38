import Dispatch
import Synchronization

/// The memory through which payloads pass in chunks: while one chunk is written, the next is read and transformed.
///
/// Chunks hold whole elements: the capacity is a multiple of every element's width.
@safe
package final class ChunkBuffer {
  /// Memory for one chunk as it is read, and as it becomes.
  ///
  /// Each is an object of its own: while one thread fills a slot the other reads the other slot.
  @safe
  private final class Slot {
    let source: UnsafeMutableRawBufferPointer
    let target: UnsafeMutableRawBufferPointer

    /// The chunk that waits to be written, or why there is none.
    var outcome: Result<UnsafeRawBufferPointer, ModelFileError>?

    init(capacity: Int) {
      unsafe source = .allocate(byteCount: capacity, alignment: 64)
      unsafe target = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit {
      unsafe source.deallocate()
      unsafe target.deallocate()
    }
  }

  /// How the writing thread tells the reading one that no more chunks are wanted.
  private final class Abandonment: Sendable {
    let isDecided = Atomic(false)
  }

  private let slots: [Slot]
  private let capacity: Int
  private let queue = DispatchQueue(label: "bnfuse.chunks")

  package init(capacity: Int = 1 << 19) {
    precondition(capacity % 64 == 0, "a chunk must hold whole elements")
    self.capacity = capacity
    slots = (0..<2).map { _ in Slot(capacity: capacity) }
  }

  /// Calls `body` with each chunk of a payload, transformed, in order.
  ///
  /// - Complexity: O(bytes), in the memory of two chunks.
  func forEachChunk(
    of content: PayloadContent, _ body: (UnsafeRawBufferPointer) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    let count = chunkCount(of: content)
    if count <= 1 {
      if count == 1 { try unsafe body(try unsafe chunk(0, of: content)) }
      return
    }
    try unsafe forEachChunk(count, of: content, body)
  }

  /// The same with a second thread, which is always at most one chunk ahead.
  private func forEachChunk(
    _ count: Int, of content: PayloadContent, _ body: (UnsafeRawBufferPointer) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    // A semaphore must not end below the value it began with, as it may where the work is abandoned.
    let free = DispatchSemaphore(value: 0)
    for _ in slots.indices { free.signal() }
    let ready = DispatchSemaphore(value: 0)
    let abandonment = Abandonment()
    // Each side touches a slot and the transform only between the two semaphores' turns.
    nonisolated(unsafe) let content = content
    nonisolated(unsafe) let reader = self
    queue.async {
      for index in 0..<count {
        free.wait()
        if abandonment.isDecided.load(ordering: .relaxed) { break }
        let slot = unsafe reader.slots[index % 2]
        do throws(ModelFileError) {
          unsafe slot.outcome = .success(try reader.chunk(index, of: content))
        } catch {
          unsafe slot.outcome = .failure(error)
        }
        ready.signal()
      }
    }
    var failure: ModelFileError?
    for index in 0..<count {
      ready.wait()
      do throws(ModelFileError) {
        if let chunk = try unsafe slots[index % 2].outcome?.get() { try unsafe body(chunk) }
      } catch {
        failure = error
        abandonment.isDecided.store(true, ordering: .relaxed)
      }
      free.signal()
      if failure != nil { break }
    }
    // The other thread may still be at work on the chunk after a failure.
    queue.sync {}
    if let failure { throw failure }
  }

  /// Calls `body` with the elements of a payload's origin, untransformed, chunk by chunk, on this thread.
  ///
  /// - Parameters:
  ///   - type: The elements' type; the payload holds a whole number of them.
  ///   - body: Takes a chunk, as many elements to write on, and the index of the chunk's first element.
  package func forEachChunk<Element: BitwiseCopyable>(
    of content: PayloadContent, as type: Element.Type,
    _ body: (Span<Element>, inout MutableSpan<Element>, Int) -> Void
  ) throws(ModelFileError) {
    let width = MemoryLayout<Element>.size
    precondition(content.byteCount % width == 0, "the payload must hold whole elements")
    let origin = PayloadContent(content.origin)
    for index in 0..<chunkCount(of: content) {
      let chunk = try unsafe chunk(index, of: origin)
      let source = unsafe chunk.bindMemory(to: Element.self)
      let target = unsafe slots[index % 2].target[..<chunk.count].bindMemory(to: Element.self)
      var span = unsafe target.mutableSpan
      unsafe body(source.span, &span, start(ofChunk: index) / width)
    }
  }

  /// Calls `body` with the elements of a payload, transformed, chunk by chunk, on this thread.
  ///
  /// - Parameters:
  ///   - type: The elements' type; the payload holds a whole number of them.
  ///   - body: Takes a chunk, and the index of its first element.
  func forEachChunk<Element: BitwiseCopyable>(
    of content: PayloadContent, as type: Element.Type, _ body: (Span<Element>, Int) -> Void
  ) throws(ModelFileError) {
    let width = MemoryLayout<Element>.size
    precondition(content.byteCount % width == 0, "the payload must hold whole elements")
    for index in 0..<chunkCount(of: content) {
      let chunk = try unsafe chunk(index, of: content)
      unsafe body(chunk.bindMemory(to: Element.self).span, start(ofChunk: index) / width)
    }
  }

  /// Where a chunk begins in its payload.
  ///
  /// The first is a quarter of the others, so that writing begins soon.
  private func start(ofChunk index: Int) -> Int {
    index == 0 ? 0 : max(capacity / 256 * 64, 64) + (index - 1) * capacity
  }

  private func chunkCount(of content: PayloadContent) -> Int {
    let rest = content.byteCount - start(ofChunk: 1)
    return content.byteCount == 0 ? 0 : rest <= 0 ? 1 : 1 + (rest + capacity - 1) / capacity
  }

  /// Reads and transforms one chunk; the result stands in the chunk's slot.
  private func chunk(
    _ index: Int, of content: PayloadContent
  ) throws(ModelFileError) -> UnsafeRawBufferPointer {
    let offset = start(ofChunk: index)
    let range = 0..<min(start(ofChunk: index + 1), content.byteCount) - offset
    let slot = slots[index % 2]
    let source = unsafe UnsafeMutableRawBufferPointer(rebasing: slot.source[range])
    try unsafe fill(source, from: content.origin, at: offset)
    guard let transform = content.transform else { return UnsafeRawBufferPointer(source) }
    let target = unsafe UnsafeMutableRawBufferPointer(rebasing: slot.target[range])
    unsafe apply(transform, from: source, to: target, at: offset)
    return UnsafeRawBufferPointer(target)
  }

  private func apply<Transform: ChunkTransform>(
    _ transform: Transform, from source: UnsafeMutableRawBufferPointer, to target: UnsafeMutableRawBufferPointer,
    at offset: Int
  ) {
    let elements = unsafe UnsafeBufferPointer(source.bindMemory(to: Transform.Element.self))
    var span = unsafe target.bindMemory(to: Transform.Element.self).mutableSpan
    unsafe transform.transform(
      elements.span, into: &span, from: offset / MemoryLayout<Transform.Element>.size)
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
