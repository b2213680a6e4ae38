extension PayloadContent {
  /// The elements of the payload's origin, all at once.
  ///
  /// - Precondition: The payload holds a whole number of elements.
  /// - Throws: `unreadable` where the file has become shorter.
  /// - Complexity: O(bytes).
  package func elements<Element: BitwiseCopyable>(of type: Element.Type) throws(ModelFileError) -> [Element] {
    let width = MemoryLayout<Element>.stride
    precondition(byteCount % width == 0, "the payload must hold whole elements")
    var failure: ModelFileError?
    let result = unsafe [Element](unsafeUninitializedCapacity: byteCount / width) { buffer, count in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      switch origin {
      case .range(let source, let offset, _):
        do throws(ModelFileError) {
          try unsafe source.read(into: bytes, at: offset)
        } catch {
          failure = error
        }
      case .bytes(let stored): unsafe bytes.copyBytes(from: stored)
      case .repeated(let element, _):
        for index in bytes.indices { unsafe bytes[index] = element[index % element.count] }
      }
      // What could not be read is dropped below.
      count = failure == nil ? byteCount / width : 0
    }
    if let failure { throw failure }
    return result
  }
}
