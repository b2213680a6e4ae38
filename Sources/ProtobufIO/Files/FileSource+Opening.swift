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
  package static func model(at path: String, limit: Int) throws(ModelFileError) -> FileSource {
    var descriptor: Int32 = 0
    if path != "-" {
      descriptor = unsafe shim_open_for_reading(path, 1)
      guard descriptor >= 0 else {
        throw ModelFileError(.unreadable, path: path, SystemError(number: -descriptor).text)
      }
    } else {
      descriptor = dup(0)
      guard descriptor >= 0 else { throw ModelFileError(.unreadable, path: path, SystemError.last.text) }
    }
    let facts = try facts(of: descriptor, path: path)
    switch facts.kind {
    case shim_regular:
      let source = FileSource(descriptor: descriptor, path: path, size: Int(facts.size))
      try source.check(limit: limit)
      return source
    case shim_folder:
      close(descriptor)
      throw ModelFileError(.unreadable, path: path, "is a folder")
    default:
      defer { close(descriptor) }
      return try spooled(descriptor, path: path, limit: limit)
    }
  }

  /// Whether there is a folder of that name.
  package static func isFolder(_ path: String) -> Bool {
    var facts = shim_file_facts()
    return unsafe shim_facts_of_path(path, &facts) == 0 && facts.kind == shim_folder
  }

  /// Opens a regular file, nil where there is none of that name.
  package static func existing(at path: String) throws(ModelFileError) -> FileSource? {
    var facts = shim_file_facts()
    guard unsafe shim_facts_of_path(path, &facts) == 0 else { return nil }
    return try data(at: path)
  }

  /// Opens a file of tensor data, which must be a regular file; never waits for a pipe.
  package static func data(at path: String) throws(ModelFileError) -> FileSource {
    let descriptor = unsafe shim_open_for_reading(path, 0)
    guard descriptor >= 0 else {
      throw ModelFileError(.unreadable, path: path, SystemError(number: -descriptor).text)
    }
    let facts = try facts(of: descriptor, path: path)
    guard facts.kind == shim_regular else {
      close(descriptor)
      throw ModelFileError(
        .unreadable, path: path, facts.kind == shim_folder ? "is a folder" : "is not a regular file")
    }
    return FileSource(descriptor: descriptor, path: path, size: Int(facts.size))
  }

  private func check(limit: Int) throws(ModelFileError) {
    guard size <= limit else {
      throw ModelFileError(
        .unsupported, path: path, "holds \(size) bytes but a protobuf message holds at most \(limit)")
    }
  }

  private static func facts(of descriptor: Int32, path: String) throws(ModelFileError) -> shim_file_facts {
    var facts = shim_file_facts()
    let status = unsafe shim_facts_of_descriptor(descriptor, &facts)
    guard status == 0 else {
      close(descriptor)
      throw ModelFileError(.unreadable, path: path, SystemError(number: -status).text)
    }
    return facts
  }

  /// Copies a stream to an unnamed temporary file, which then stands for it.
  private static func spooled(
    _ stream: Int32, path: String, limit: Int
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
      if count == 0 { return FileSource(descriptor: descriptor, path: path, size: size) }
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
