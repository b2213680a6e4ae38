import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension FileSource {
  /// Opens a model file; `-` is standard input.
  ///
  /// What cannot be read at an offset (a pipe, a terminal) is first copied to a file without a name.
  ///
  /// - Parameter limit: The largest size that is accepted.
  package static func model(at path: FilePath, limit: Int) throws(ModelFileError) -> FileSource {
    var descriptor: Int32 = 0
    if path != .standard {
      descriptor = path.withCString { unsafe shim_open_for_reading($0, 1) }
      guard descriptor >= 0 else {
        throw ModelFileError(.unreadable, path: path, SystemError(number: -descriptor).text)
      }
    } else {
      descriptor = dup(0)
      guard descriptor >= 0 else { throw ModelFileError(.unreadable, path: path, SystemError.last.text) }
    }
    guard let source = try opened(descriptor, path) else {
      defer { close(descriptor) }
      return try spooled(descriptor, path: path, limit: limit)
    }
    try source.check(limit: limit)
    return source
  }

  /// Whether there is a folder of that name.
  package static func isFolder(_ path: FilePath) -> Bool {
    var facts = shim_file_facts()
    return path.withCString { unsafe shim_facts_of_path($0, &facts) } == 0 && facts.kind == shim_folder
  }

  /// Opens a regular file, nil where there is none of that name.
  ///
  /// - Parameter settles: As for `data`.
  package static func existing(at path: FilePath, settles: Bool = true) throws(ModelFileError) -> FileSource? {
    var facts = shim_file_facts()
    guard path.withCString({ unsafe shim_facts_of_path($0, &facts) }) == 0 else { return nil }
    return try data(at: path, settles: settles)
  }

  /// Opens a file of tensor data, which must be a regular file; never waits for a pipe.
  ///
  /// - Parameter settles: Whether to wait until `checkUnchanged` would notice every write, as it has to for what is read
  ///   to be kept.
  package static func data(at path: FilePath, settles: Bool = true) throws(ModelFileError) -> FileSource {
    let descriptor = path.withCString { unsafe shim_open_for_reading($0, 0) }
    guard descriptor >= 0 else {
      throw ModelFileError(.unreadable, path: path, SystemError(number: -descriptor).text)
    }
    guard let source = try opened(descriptor, path, settles: settles) else {
      close(descriptor)
      throw ModelFileError(.unreadable, path: path, "is not a regular file")
    }
    return source
  }

  /// The regular file behind a descriptor, which it then owns; nil for a pipe or a device.
  private static func opened(
    _ descriptor: Int32, _ path: FilePath, settles: Bool = true
  ) throws(ModelFileError) -> FileSource? {
    do throws(ModelFileError) {
      let facts = try facts(of: descriptor, path: path)
      switch facts.kind {
      case shim_regular:
        let stamp = settles ? try settledStamp(of: descriptor, path) : FileStamp(facts)
        return FileSource(descriptor: descriptor, path: path, stamp: stamp)
      case shim_folder: throw ModelFileError(.unreadable, path: path, "is a folder")
      default: return nil
      }
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// The stamp of an open file, taken once every later write is sure to show.
  private static func settledStamp(of descriptor: Int32, _ path: FilePath) throws(ModelFileError) -> FileStamp {
    for _ in 0..<5 {
      let stamp = FileStamp(try facts(of: descriptor, path: path))
      if stamp.isSettled(at: shim_stamp_clock()) { return stamp }
      while !stamp.isSettled(at: shim_stamp_clock()) { usleep(1000) }
    }
    throw changed(path)
  }

  static func changed(_ path: FilePath) -> ModelFileError {
    ModelFileError(.unreadable, path: path, "changed while it was read")
  }

  private func check(limit: Int) throws(ModelFileError) {
    guard size <= limit else {
      throw ModelFileError(
        .unsupported, path: path, "holds \(size) bytes but a protobuf message holds at most \(limit)")
    }
  }

  static func facts(of descriptor: Int32, path: FilePath) throws(ModelFileError) -> shim_file_facts {
    var facts = shim_file_facts()
    let status = unsafe shim_facts_of_descriptor(descriptor, &facts)
    guard status == 0 else {
      throw ModelFileError(.unreadable, path: path, SystemError(number: -status).text)
    }
    return facts
  }

  /// Copies a stream to an unnamed temporary file, which then stands for it.
  private static func spooled(
    _ stream: Int32, path: FilePath, limit: Int
  ) throws(ModelFileError) -> FileSource {
    guard let file = unsafe tmpfile() else {
      throw ModelFileError(.unreadable, path: path, "no temporary file can be made: \(SystemError.last.text)")
    }
    defer { unsafe fclose(file) }
    let descriptor = dup(unsafe fileno(file))
    guard descriptor >= 0 else { throw ModelFileError(.unreadable, path: path, SystemError.last.text) }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var size = 0
    while true {
      let count = read(stream, into: &buffer)
      if count == 0 {
        // Nobody else writes to it.
        let stamp = FileStamp(try facts(of: descriptor, path: path))
        return FileSource(descriptor: descriptor, path: path, stamp: stamp)
      }
      size += max(count, 0)
      guard count > 0, unsafe write(descriptor, &buffer, count) == count else {
        let error = SystemError.last
        close(descriptor)
        throw ModelFileError(.unreadable, path: path, error.text)
      }
      guard size <= limit else {
        close(descriptor)
        throw ModelFileError(
          .unsupported, path: path, "holds more than the \(limit) bytes of the largest protobuf message")
      }
    }
  }

  private static func read(_ stream: Int32, into buffer: inout [UInt8]) -> Int {
    while true {
      #if canImport(Glibc)
        let count = unsafe Glibc.read(stream, &buffer, buffer.count)
      #else
        let count = unsafe Darwin.read(stream, &buffer, buffer.count)
      #endif
      if count >= 0 || errno != EINTR { return count }
    }
  }
}
