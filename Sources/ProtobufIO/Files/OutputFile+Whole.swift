extension OutputFile {
  /// Writes a whole text file.
  package static func write(_ text: String, to path: String) throws(ModelFileError) {
    let bytes = Array(text.utf8)
    let file = try OutputFile(path: path, expectedSize: bytes.count)
    try file.write(bytes)
    try file.commit()
  }

  /// Writes a copy of a whole file.
  ///
  /// - Parameter beforeCommit: Called when all is written but nothing can be seen yet; an error abandons the copy.
  package static func copy(
    _ source: FileSource, to path: String, through buffer: ChunkBuffer, progress: (Int, Int) -> Void,
    beforeCommit: () throws -> Void
  ) throws {
    let file = try OutputFile(path: path, expectedSize: source.size)
    try unsafe buffer.forEachChunk(of: PayloadContent(.range(source, offset: 0, count: source.size))) {
      (chunk) throws(ModelFileError) in
      try unsafe file.write(chunk)
      progress(file.size, source.size)
    }
    try beforeCommit()
    try file.commit()
  }
}
