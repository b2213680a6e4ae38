import CProtobufC

/// Serializes a message tree, fetching each payload when its turn comes.
///
/// protobuf-c hands every field to a buffer's `append`; where the field is a payload the address says which,
/// and its content streams from its file through the chunk buffer. `append` cannot fail, so the first error
/// is kept and thrown at the end.
@safe
package final class MessageWriter {
  private let tree: MessageTree
  private let output: OutputFile
  private let buffer: ChunkBuffer
  private let progress: ((Int) -> Void)?
  private var failure: ModelFileError?

  /// - Parameter progress: Called with the number of bytes written so far, after each payload.
  package init(
    _ tree: MessageTree, to output: OutputFile, through buffer: ChunkBuffer, progress: ((Int) -> Void)? = nil
  ) {
    self.tree = tree
    self.output = output
    self.buffer = buffer
    self.progress = progress
  }

  /// The number of bytes that a tree takes when it is written.
  package static func size(of tree: MessageTree) -> Int {
    unsafe protobuf_c_message_get_packed_size(tree.root)
  }

  /// Writes the whole tree.
  ///
  /// - Complexity: O(bytes), in the memory of one chunk.
  package func write() throws(ModelFileError) {
    var sink = unsafe PackSink(
      base: ProtobufCBuffer(append: { buffer, count, data in
        guard let buffer = unsafe buffer else { return }
        let sink = unsafe UnsafeMutableRawPointer(buffer).load(as: PackSink.self)
        let bytes = unsafe UnsafeRawBufferPointer(start: data, count: count)
        unsafe Unmanaged<MessageWriter>.fromOpaque(sink.writer).takeUnretainedValue().append(bytes)
      }),
      writer: Unmanaged.passUnretained(self).toOpaque())
    unsafe withUnsafeMutablePointer(to: &sink) { sink in
      let base = unsafe UnsafeMutableRawPointer(sink).assumingMemoryBound(to: ProtobufCBuffer.self)
      _ = unsafe protobuf_c_message_pack_to_buffer(tree.root, base)
    }
    if let failure { throw failure }
  }

  private func append(_ bytes: UnsafeRawBufferPointer) {
    guard failure == nil, bytes.count > 0 else { return }
    do throws(ModelFileError) {
      guard let payload = unsafe tree.payload(at: bytes.baseAddress) else {
        return try unsafe output.write(bytes)
      }
      precondition(tree[payload].byteCount == bytes.count, "the tree must state each payload's length")
      try unsafe buffer.forEachChunk(of: tree[payload]) { (chunk) throws(ModelFileError) in
        try unsafe output.write(chunk)
      }
      progress?(output.size)
    } catch {
      failure = error
    }
  }
}

/// protobuf-c's buffer with the writer behind it; the C part must come first.
@unsafe
private struct PackSink {
  var base: ProtobufCBuffer
  var writer: UnsafeMutableRawPointer
}
