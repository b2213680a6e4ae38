extension PayloadContent {
  /// Whether two payloads hold the same bytes.
  ///
  /// - Throws: `unreadable` where a file has become shorter.
  /// - Complexity: O(bytes), in the memory of two pieces; O(1) where both are one range of one file.
  package func holdsSame(as other: PayloadContent) throws(ModelFileError) -> Bool {
    guard byteCount == other.byteCount else { return false }
    if transform == nil, other.transform == nil {
      if case .range(let source, let offset, _) = origin, case .range(let second, let secondOffset, _) = other.origin {
        if source === second, offset == secondOffset { return true }
        return try Self.isSame(source, offset, second, secondOffset, count: byteCount)
      }
      if case .bytes(let bytes) = origin, case .bytes(let second) = other.origin { return bytes == second }
    }
    return try elements(of: UInt8.self) == other.elements(of: UInt8.self)
  }

  private static func isSame(
    _ first: FileSource, _ firstOffset: Int, _ second: FileSource, _ secondOffset: Int, count: Int
  ) throws(ModelFileError) -> Bool {
    var done = 0
    while done < count {
      let piece = min(count - done, 1 << 20)
      guard
        try first.bytes(at: firstOffset + done, count: piece) == second.bytes(at: secondOffset + done, count: piece)
      else { return false }
      done += piece
    }
    return true
  }
}
