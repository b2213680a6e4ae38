/// The bytes of one payload: where they come from and what is done to them on their way out.
package struct PayloadContent {
  /// Where the bytes come from.
  package enum Origin {
    /// A range of a file: of the model itself or of a data file.
    case range(FileSource, offset: Int, count: Int)
    /// Bytes held in memory.
    case bytes([UInt8])
    /// One element, repeated.
    case repeated(element: [UInt8], count: Int)
  }

  package let origin: Origin

  /// What is done to each chunk before it is written; nil leaves the bytes as they are.
  package let transform: (any ChunkTransform)?

  package init(_ origin: Origin, transform: (any ChunkTransform)? = nil) {
    self.origin = origin
    self.transform = transform
  }

  /// The number of bytes, which a transform does not change.
  package var byteCount: Int {
    switch origin {
    case .range(_, _, let count): count
    case .bytes(let bytes): bytes.count
    case .repeated(let element, let count): element.count * count
    }
  }
}
