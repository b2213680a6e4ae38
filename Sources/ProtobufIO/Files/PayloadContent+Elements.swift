extension PayloadContent {
  /// The elements of the payload, transformed, all at once.
  ///
  /// - Precondition: The payload holds a whole number of elements.
  /// - Throws: `unreadable` where the file has become shorter.
  /// - Complexity: O(bytes).
  package func elements<Element: BitwiseCopyable>(of type: Element.Type) throws(ModelFileError) -> [Element] {
    if let transform { return try transformed(by: transform, elements: type) }
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

  private func transformed<Element: BitwiseCopyable, Transform: ChunkTransform>(
    by transform: Transform, elements type: Element.Type
  ) throws(ModelFileError) -> [Element] {
    let source = try PayloadContent(origin).elements(of: Transform.Element.self)
    return unsafe [Element](unsafeUninitializedCapacity: byteCount / MemoryLayout<Element>.stride) { buffer, count in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      var target = unsafe bytes.bindMemory(to: Transform.Element.self).mutableSpan
      transform.transform(source.span, into: &target, from: 0)
      unsafe bytes.bindMemory(to: Element.self)
      count = byteCount / MemoryLayout<Element>.stride
    }
  }
}
