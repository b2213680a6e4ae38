extension OutputFile {
  /// Writes a whole text file.
  package static func write(_ text: String, to path: FilePath) throws(ModelFileError) {
    let bytes = Array(text.utf8)
    let file = try OutputFile(path: path, expectedSize: bytes.count)
    try file.write(bytes)
    try file.commit()
  }

  /// Appends the bytes of a whole file.
  package func write(
    contentsOf source: FileSource, through buffer: ChunkBuffer, progress: (Int, Int) -> Void
  ) throws(ModelFileError) {
    try unsafe buffer.forEachChunk(of: PayloadContent(.range(source, offset: 0, count: source.size))) {
      (chunk) throws(ModelFileError) in
      try unsafe write(chunk)
      progress(size, source.size)
    }
  }
}
