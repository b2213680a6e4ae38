/// A sliding window over a file, read forward with skips.
@safe
struct ScanWindow: ~Copyable {
  private let source: FileSource
  private let memory: UnsafeMutableRawBufferPointer
  private var start = 0
  private var count = 0

  /// The offset in the file of the next byte.
  private(set) var position = 0

  init(_ source: FileSource, capacity: Int = 1 << 16) {
    self.source = source
    unsafe memory = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { unsafe memory.deallocate() }

  /// Moves forward over bytes that nobody needs.
  mutating func skip(_ distance: Int) { position += distance }

  /// The next byte.
  ///
  /// - Precondition: There is one; the caller compares `position` with the end first.
  mutating func byte() throws(ModelFileError) -> UInt8 {
    if isOutside { try refill() }
    let byte = unsafe memory[position &- start]
    position &+= 1
    return byte
  }

  /// Appends the next `length` bytes to `target`.
  ///
  /// - Returns: Whether a zero byte was among them.
  mutating func copy(_ length: Int, to target: inout [UInt8]) throws(ModelFileError) -> Bool {
    var rest = length
    var hasZero = false
    while rest > 0 {
      if isOutside { try refill() }
      let piece = min(rest, count - (position - start))
      let bytes = unsafe UnsafeRawBufferPointer(rebasing: memory[position - start..<position - start + piece])
      hasZero = unsafe hasZero || bytes.contains(0)
      unsafe target.append(contentsOf: bytes)
      position += piece
      rest -= piece
    }
    return hasZero
  }

  /// Whether the next byte is not in memory; the distance from a window that begins later is negative, and so as an
  /// unsigned number past every end.
  private var isOutside: Bool { UInt(bitPattern: position &- start) >= UInt(bitPattern: count) }

  private mutating func refill() throws(ModelFileError) {
    start = position
    count = try unsafe source.readSome(into: memory, at: position)
    guard count > 0 else {
      throw ModelFileError(
        .unreadable, path: source.path,
        "changed while it was read: it ends at byte \(position) but had \(source.size) bytes when opened")
    }
  }
}
