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
  package let path: FilePath

  /// The file as it was when it was opened.
  let stamp: FileStamp

  let descriptor: Int32

  init(descriptor: Int32, path: FilePath, stamp: FileStamp) {
    self.descriptor = descriptor
    self.path = path
    self.stamp = stamp
  }

  /// The number of bytes when the file was opened.
  package var size: Int { stamp.size }

  /// Checks that all that was read so far is of one state of the file.
  ///
  /// - Throws: `unreadable` where the file was written since it was opened.
  package func checkUnchanged() throws(ModelFileError) {
    let now = FileStamp(try Self.facts(of: descriptor, path: path))
    guard now.showsSameContents(as: stamp) else { throw changedError }
  }

  /// What `body` makes of the file, which was not written meanwhile.
  ///
  /// - Throws: What `body` throws; `unreadable` where the file was written since it was opened.
  package func whole<Result>(_ body: (FileSource) throws -> Result) throws -> Result {
    let result = try body(self)
    try checkUnchanged()
    return result
  }

  /// What is thrown where a file held one thing, and another when it was read again.
  package var changedError: ModelFileError { Self.changed(path) }

  deinit { close(descriptor) }

  /// The path of the open file with every symbolic link resolved.
  package func resolvedPath() throws(ModelFileError) -> FilePath {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let capacity = buffer.count
    let status = path.withCString { unsafe shim_path_of_descriptor(descriptor, $0, &buffer, capacity) }
    guard status == 0 else { throw failure(SystemError(number: -status)) }
    return FilePath(terminated: buffer)
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
        .unreadable, path: path,
        "changed while it was read: it ends at byte \(offset + count) but had \(size) bytes when opened")
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
