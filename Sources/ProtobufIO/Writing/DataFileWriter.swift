/// Writes payloads one after another, aligned, and hashes what it writes.
package final class DataFileWriter {
  /// Where each payload starts: a multiple of the page size, so that a runtime can map it.
  package static let alignment = 4096

  private let output: OutputFile
  private let buffer: ChunkBuffer
  private let progress: ((Int) -> Void)?
  private var hash = ContentHash()

  package init(to output: OutputFile, through buffer: ChunkBuffer, progress: ((Int) -> Void)? = nil) {
    self.output = output
    self.buffer = buffer
    self.progress = progress
  }

  /// The hash of all bytes so far, padding included, as sixteen hexadecimal digits.
  package var contentHash: String { hash.hexadecimal }

  /// Appends one payload.
  ///
  /// - Precondition: `offset` is what `nextOffset(after:)` gives.
  package func write(_ content: PayloadContent, at offset: Int) throws(ModelFileError) {
    precondition(offset >= output.size && offset % Self.alignment == 0, "payloads must follow each other aligned")
    let padding = offset - output.size
    let zeros = [UInt8](repeating: 0, count: padding)
    try output.write(zeros)
    unsafe hash.update(zeros.span.bytes)
    try unsafe buffer.forEachChunk(of: content) { (chunk) throws(ModelFileError) in
      unsafe hash.update(chunk.bytes)
      try unsafe output.write(chunk)
    }
    progress?(output.size)
  }

  /// The first aligned offset that is not before `end`.
  package static func nextOffset(after end: Int) -> Int {
    (end + alignment - 1) / alignment * alignment
  }
}
