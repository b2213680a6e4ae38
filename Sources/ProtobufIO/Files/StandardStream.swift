import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Standard output or standard error.
package struct StandardStream: TextOutputStream {
  private let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  package static var output: StandardStream { StandardStream(descriptor: 1) }
  package static var error: StandardStream { StandardStream(descriptor: 2) }

  /// Whether a person is likely to be reading.
  package var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Writes text; what nobody can take is dropped, since there is nowhere left to say so.
  package func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let rest = unsafe UnsafeBufferPointer(rebasing: bytes[done...])
        #if canImport(Glibc)
          let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        #else
          let count = unsafe Darwin.write(descriptor, rest.baseAddress, rest.count)
        #endif
        if count < 0, errno != EINTR { return }
        done += max(count, 0)
      }
    }
  }
}
