import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An open regular file that is read at given offsets.
///
/// The file is read with `pread`, not mapped: a mapped file that another process shortens ends the
/// whole program, a short read is an error that names the file.
@safe
package final class FileSource: Sendable {
  /// The file as the caller named it.
  package let path: String

  /// The number of bytes when the file was opened.
  package let size: Int

  let descriptor: Int32

  init(descriptor: Int32, path: String, size: Int) {
    self.descriptor = descriptor
    self.path = path
    self.size = size
  }

  deinit { close(descriptor) }

  /// The path of the open file with every symbolic link resolved.
  package func resolvedPath() throws(ModelFileError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let status = unsafe shim_path_of_descriptor(descriptor, &buffer, buffer.count)
    guard status == 0 else { throw failure(SystemError(number: -status)) }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Fills `buffer` with the bytes from `offset` on.
  ///
  /// - Throws: `unreadable` where the file ends before the buffer is full.
  package func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelFileError) {
    let count = try unsafe readSome(into: buffer, at: offset)
    guard count == buffer.count else {
      throw ModelFileError(
        .unreadable, path: path, "the file ends at byte \(offset + count) but had \(size) bytes when opened")
    }
  }

  /// Reads as many bytes as there are from `offset` on, at most the size of `buffer`.
  ///
  /// - Returns: The number of bytes read: less than asked only at the end of the file.
  package func readSome(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelFileError) -> Int {
    var done = 0
    while done < buffer.count {
      let target = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = unsafe pread(descriptor, target.baseAddress, target.count, off_t(offset + done))
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(.last)
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// The bytes of one range, all at once.
  package func bytes(at offset: Int, count: Int) throws(ModelFileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: ModelFileError?
    unsafe bytes.withUnsafeMutableBytes { buffer in
      do throws(ModelFileError) {
        try unsafe read(into: buffer, at: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  private func failure(_ error: SystemError) -> ModelFileError {
    ModelFileError(.unreadable, path: path, error.text)
  }
}
