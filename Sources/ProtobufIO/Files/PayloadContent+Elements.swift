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

  /// The elements of the payload, transformed, and converted chunk by chunk: what is stored is never held whole.
  ///
  /// - Parameters:
  ///   - type: What is stored; the payload holds a whole number of them.
  ///   - convert: Makes all of the second of the first.
  /// - Throws: `unreadable` where the file has become shorter.
  /// - Complexity: O(bytes).
  package func elements<Stored: BitwiseCopyable, Element: BitwiseCopyable>(
    of type: Stored.Type, converting convert: (Span<Stored>, inout MutableSpan<Element>) -> Void
  ) throws(ModelFileError) -> [Element] {
    var failure: ModelFileError?
    let result = unsafe [Element](unsafeUninitializedCapacity: byteCount / MemoryLayout<Stored>.size) { buffer, count in
      do throws(ModelFileError) {
        // What a processor's cache holds.
        try ChunkBuffer(capacity: 1 << 16).forEachChunk(of: self, as: type) { chunk, start in
          var target = unsafe UnsafeMutableBufferPointer(rebasing: buffer[start..<start + chunk.count]).mutableSpan
          convert(chunk, &target)
        }
        count = byteCount / MemoryLayout<Stored>.size
      } catch {
        failure = error
      }
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
