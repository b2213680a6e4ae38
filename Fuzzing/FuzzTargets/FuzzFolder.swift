#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder whose files are written over and over.
package struct FuzzFolder: Sendable {
  package let path: String

  /// - Parameter path: A folder that is made where there is none.
  /// - Throws: `SystemFailure` where it cannot be made.
  package init(at path: String) throws(SystemFailure) {
    self.path = path
    guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemFailure("mkdir", path) }
  }

  /// The path of a file in the folder.
  package func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a whole file anew, in place of the bytes that it had.
  package func write(_ bytes: [UInt8], to name: String) throws(SystemFailure) {
    let descriptor = unsafe open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { throw SystemFailure("open", path(name)) }
    defer { close(descriptor) }
    guard unsafe pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
      throw SystemFailure("pwrite", path(name))
    }
  }

  /// Makes what no regular file is: a link that leads nowhere allowed, a folder, a pipe.
  package func addTraps() throws(SystemFailure) {
    for (name, made) in unsafe [
      ("link", symlink("/etc/hostname", path("link"))), ("folder", mkdir(path("folder"), 0o700)),
      ("pipe", mkfifo(path("pipe"), 0o600)),
    ] where made != 0 && errno != EEXIST {
      throw SystemFailure("making", path(name))
    }
  }

  /// Removes every file but those of the given names.
  package func removeFiles(except kept: Set<String>) throws(SystemFailure) {
    guard let folder = unsafe opendir(path) else { throw SystemFailure("opendir", path) }
    defer { unsafe closedir(folder) }
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { unsafe String(cString: $0) }
      }
      if !kept.contains(name), name != ".", name != ".." { unsafe unlink(path(name)) }
    }
  }
}

/// A system call that the surroundings of a target need and that failed.
package struct SystemFailure: Error, CustomStringConvertible {
  package let description: String

  init(_ call: String, _ path: String) { description = "\(call) of \(path) failed with error \(errno)" }
}
