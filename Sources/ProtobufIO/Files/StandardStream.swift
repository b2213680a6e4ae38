import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The streams that a process is started with.
package enum StandardStream {
  /// Makes writing to a stream that is closed an error, so that no file that is opened later is written to instead.
  package static func holdDescriptors() { shim_hold_standard_descriptors() }

  /// Writes all of a text, or says why it cannot be.
  fileprivate static func write(_ text: String, to descriptor: Int32) throws(SystemError) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { all in
        #if canImport(Glibc)
          unsafe Glibc.write(descriptor, all.baseAddress?.advanced(by: done), all.count - done)
        #else
          unsafe Darwin.write(descriptor, all.baseAddress?.advanced(by: done), all.count - done)
        #endif
      }
      if count < 0, errno != EINTR { throw .last }
      done += max(count, 0)
    }
  }
}

/// Standard output, which whoever runs the command counts on.
package enum StandardOutput {
  /// What an error calls it.
  static let title: FilePath = "standard output"

  /// Writes a text.
  ///
  /// - Throws: `unwritable` where not every byte could be written.
  package static func write(_ text: String) throws(ModelFileError) {
    do throws(SystemError) {
      try StandardStream.write(text, to: 1)
    } catch {
      throw ModelFileError(.unwritable, path: title, error.text)
    }
  }
}

/// Standard error, on which people are told things.
package enum StandardError {
  /// Whether a person is likely to be reading.
  package static var isTerminal: Bool { isatty(2) == 1 }

  /// Writes a text; what nobody can take is dropped, since there is nowhere left to say so.
  package static func write(_ text: String) { try? StandardStream.write(text, to: 2) }
}
