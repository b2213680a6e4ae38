import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file that appears under its name whole or not at all.
///
/// The bytes go to a file without a name (or, where the system has no such files, with a temporary
/// one) in the target's folder; `appear` puts it in place. Until then nothing that existed is
/// touched, and an abandoned output leaves nothing behind. What is no file is written to directly.
@safe
package final class OutputFile {
  /// Where the output goes.
  package let place: OutputPlace

  /// The number of bytes written so far.
  package private(set) var size = 0

  private let descriptor: Int32
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0

  /// What stands between the open file and its name.
  private enum State {
    case direct
    case unnamed(OutputFolder)
    case temporary(TemporaryName)
    case inPlace
  }

  private var state: State

  /// Opens an output.
  ///
  /// - Parameters:
  ///   - path: The target, or `-`.
  ///   - expectedSize: The bytes that will be written; reserved at once, so a full disk is found early.
  package convenience init(path: FilePath, expectedSize: Int) throws(ModelFileError) {
    try self.init(at: OutputPlace(path), expectedSize: expectedSize)
  }

  /// Opens an output.
  ///
  /// A file has the owner, the group, the permissions and the access list of the one that is at the place, as far as
  /// the caller may give them.
  ///
  /// - Parameters:
  ///   - expectedSize: The bytes that will be written; reserved at once, so a full disk is found early.
  ///   - isCompanion: Whether the file will appear beside the place: then it does not take the attributes that
  ///     users and programs attach to what is there.
  package init(at place: OutputPlace, expectedSize: Int, isCompanion: Bool = false) throws(ModelFileError) {
    self.place = place
    do throws(SystemError) {
      (descriptor, state) = try Self.open(place)
    } catch {
      throw ModelFileError(.unwritable, path: place.path, error.text)
    }
    unsafe buffer = .allocate(byteCount: 1 << 18, alignment: 64)
    guard case .file(_, _, let exists) = place.target else { return }
    if exists { takeAttributes(withUser: !isCompanion) }
    try check(shim_reserve_space(descriptor, Int64(expectedSize)))
  }

  deinit {
    close(descriptor)
    unsafe buffer.deallocate()
  }

  /// Appends bytes.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
    size += bytes.count
    if unsafe bytes.count >= buffer.count {
      try flush()
      try unsafe writeThrough(bytes)
      return
    }
    if unsafe filled + bytes.count > buffer.count { try flush() }
    unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyMemory(from: bytes)
    filled += bytes.count
  }

  /// Appends bytes held in an array.
  package func write(_ bytes: [UInt8]) throws(ModelFileError) {
    var failure: ModelFileError?
    unsafe bytes.withUnsafeBytes { bytes in
      do throws(ModelFileError) {
        try unsafe write(bytes)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Hands everything to the file system; nothing may be written afterwards.
  ///
  /// - Parameter syncing: Whether to wait until it would survive a power cut.
  package func finish(syncing: Bool = false) throws(ModelFileError) {
    try flush()
    if syncing { try check(shim_sync(descriptor)) }
    try check(shim_flush(descriptor))
  }

  /// Makes a finished output appear, replacing what is there; again, or where it is written directly, nothing.
  ///
  /// - Parameter name: The name in the folder of the output's place.
  package func appear(as name: FilePath) throws(ModelFileError) {
    do throws(SystemError) {
      switch state {
      case .direct, .inPlace: return
      case .unnamed(let folder): try folder.link(descriptor, as: name)
      case .temporary(let temporary): try temporary.rename(to: name)
      }
    } catch {
      throw failure(error)
    }
    state = .inPlace
  }

  /// Finishes an output and makes it appear.
  ///
  /// - Parameter name: The name in the folder of the output's place, nil for the place's own.
  package func commit(as name: FilePath? = nil) throws(ModelFileError) {
    try finish()
    try appear(as: name ?? place.name)
  }

  private func takeAttributes(withUser: Bool) {
    _ = place.path.withCString { path in
      unsafe shim_take_attributes(descriptor, path, withUser ? 1 : 0)
      return 0
    }
  }

  private func flush() throws(ModelFileError) {
    let waiting = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<filled])
    filled = 0
    try unsafe writeThrough(waiting)
  }

  private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
    var done = 0
    while done < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
      #if canImport(Glibc)
        let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      #else
        let count = unsafe Darwin.write(descriptor, rest.baseAddress, rest.count)
      #endif
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(.last)
      }
      done += count
    }
  }

  private func check(_ status: Int32) throws(ModelFileError) {
    guard status == 0 else { throw failure(SystemError(number: -status)) }
  }

  private func failure(_ error: SystemError) -> ModelFileError {
    ModelFileError(.unwritable, path: place.path, error.text)
  }

  private static func open(_ place: OutputPlace) throws(SystemError) -> (Int32, State) {
    func opened(_ status: Int32) throws(SystemError) -> Int32 {
      guard status >= 0 else { throw SystemError(number: -status) }
      return status
    }
    switch place.target {
    case .descriptor(let descriptor):
      let copy = dup(descriptor)
      guard copy >= 0 else { throw .last }
      return (copy, .direct)
    case .device: return (try opened(place.path.withCString { unsafe shim_open_for_writing($0) }), .direct)
    case .file(let folder, _, let exists):
      // Until the replaced file's permissions are known to fit, the new one is the caller's alone.
      let mode: UInt32 = exists ? 0o600 : 0o666
      let descriptor = shim_open_unnamed(folder.descriptor, mode)
      guard [EOPNOTSUPP, EISDIR, EINVAL, ENOENT].contains(-descriptor) else {
        return (try opened(descriptor), .unnamed(folder))
      }
      let name = try TemporaryName(in: folder, mode: mode)
      return (name.descriptor, .temporary(name))
    }
  }
}
