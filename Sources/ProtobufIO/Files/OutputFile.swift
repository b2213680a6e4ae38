import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file that appears under its name whole or not at all.
///
/// The bytes go to a file without a name (or, where the system has no such files, with a temporary
/// one) in the target's folder; `commit` renames it into place. Until then nothing that existed is
/// touched, and an abandoned output leaves nothing behind. Standard output (`-`), devices and pipes
/// are written to directly.
@safe
package final class OutputFile {
  /// The target as the caller named it.
  package let path: String

  /// The number of bytes written so far.
  package private(set) var size = 0

  private let descriptor: Int32
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0

  /// What stands between the open file and its name.
  private enum State {
    case direct
    case unnamed
    case temporary(String)
    case committed
  }

  private var state: State

  /// Opens an output.
  ///
  /// - Parameters:
  ///   - path: The target, or `-`.
  ///   - expectedSize: The bytes that will be written; reserved at once, so a full disk is found early.
  package init(path: String, expectedSize: Int) throws(ModelFileError) {
    self.path = path
    (descriptor, state) = try Self.open(path)
    unsafe buffer = .allocate(byteCount: 1 << 18, alignment: 64)
    if case .direct = state { return }
    let status = shim_reserve_space(descriptor, Int64(expectedSize))
    guard status == 0 else { throw failure(SystemError(number: -status)) }
  }

  deinit {
    close(descriptor)
    if case .temporary(let name) = state { _ = unsafe unlink(name) }
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

  /// Makes the output appear at `target`, replacing what is there.
  ///
  /// - Parameter target: The name, in the folder of `path`; nil for `path` itself.
  package func commit(as target: String? = nil) throws(ModelFileError) {
    try flush()
    let target = target ?? path
    switch state {
    case .direct, .committed: return
    case .unnamed:
      let name = try linked()
      state = .temporary(name)
      try rename(name, to: target)
    case .temporary(let name):
      try rename(name, to: target)
    }
    state = .committed
  }

  /// Removes a file; one that is not there is no error.
  package static func remove(_ path: String) {
    _ = unsafe unlink(path)
  }

  private func rename(_ name: String, to target: String) throws(ModelFileError) {
    #if canImport(Glibc)
      let status = unsafe Glibc.rename(name, target)
    #else
      let status = unsafe Darwin.rename(name, target)
    #endif
    guard status == 0 else { throw failure(.last) }
  }

  /// Gives the unnamed file a temporary name, which only a rename can replace a file with.
  private func linked() throws(ModelFileError) -> String {
    for attempt in 0..<1000 {
      let name = Self.temporaryName(for: path, attempt: attempt)
      let status = unsafe shim_link_unnamed(descriptor, name)
      if status == 0 { return name }
      guard -status == EEXIST else { throw failure(SystemError(number: -status)) }
    }
    throw failure(SystemError(number: EEXIST))
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

  private func failure(_ error: SystemError) -> ModelFileError {
    ModelFileError(.unwritable, path: path, error.text)
  }

  private static func temporaryName(for path: String, attempt: Int) -> String {
    let file = FileName(path)
    return file.folder + "/." + file.name.prefix(200) + ".\(getpid())-\(attempt).part"
  }

  private static func open(_ path: String) throws(ModelFileError) -> (Int32, State) {
    func opened(_ status: Int32, _ state: State) throws(ModelFileError) -> (Int32, State) {
      guard status >= 0 else {
        throw ModelFileError(.unwritable, path: path, SystemError(number: -status).text)
      }
      return (status, state)
    }
    if path == "-" { return try opened(dup(1), .direct) }
    guard !path.isEmpty, path.last != "/" else {
      throw ModelFileError(.unwritable, path: path, "names no file")
    }
    var facts = shim_file_facts()
    let exists = unsafe shim_facts_of_path(path, &facts) == 0
    if exists, facts.kind == shim_folder {
      throw ModelFileError(.unwritable, path: path, "is a folder")
    }
    if exists, facts.kind == shim_other {
      return try opened(unsafe shim_open_for_writing(path), .direct)
    }
    let mode: UInt32 = exists ? facts.mode : 0o666
    var (descriptor, state) = (unsafe shim_open_unnamed(FileName(path).folder, mode), State.unnamed)
    if [EOPNOTSUPP, EISDIR, EINVAL, ENOENT].contains(-descriptor) {
      let name = temporaryName(for: path, attempt: 0)
      (descriptor, state) = (unsafe shim_create_new(name, mode), .temporary(name))
    }
    let result = try opened(descriptor, state)
    if exists { fchmod(descriptor, mode_t(mode)) }
    return result
  }
}
