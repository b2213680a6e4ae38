import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a path leads to, whatever the path is called.
enum FilePlace: Hashable {
  /// A file or folder that exists.
  case file(FileIdentity)
  /// A name in a folder, whether or not there is such a file.
  case entry(folder: FileIdentity, name: FilePath)

  /// The file that a path leads to, the name that it is, and each name that a link leads on to.
  ///
  /// Pipes and devices, which nothing takes the place of, are no file.
  static func places(of path: FilePath) -> Set<FilePlace> {
    var facts = shim_file_facts()
    var places: Set<FilePlace> = []
    if path.withCString({ unsafe shim_facts_of_path($0, &facts) }) == 0 {
      guard facts.kind != shim_other else { return [] }
      places.insert(.file(FileIdentity(facts)))
    }
    var next: FilePath? = path
    // As many links as the system itself follows.
    for _ in 0..<40 {
      guard let path = next else { break }
      let name = FileName(path)
      guard name.folder.withCString({ unsafe shim_facts_of_path($0, &facts) }) == 0 else { break }
      places.insert(.entry(folder: FileIdentity(facts), name: name.name))
      next = target(of: path).map { $0.bytes.first == UInt8(ascii: "/") ? $0 : name.folder.appending($0) }
    }
    return places
  }

  /// The file that is open under a number.
  static func places(ofDescriptor descriptor: Int32) -> Set<FilePlace> {
    var facts = shim_file_facts()
    let isFile = unsafe shim_facts_of_descriptor(descriptor, &facts) == 0 && facts.kind == shim_regular
    return isFile ? [.file(FileIdentity(facts))] : []
  }

  /// What a symbolic link holds, nil where a path is none.
  private static func target(of path: FilePath) -> FilePath? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let capacity = buffer.count
    guard path.withCString({ unsafe shim_read_link($0, &buffer, capacity) }) == 0 else { return nil }
    return FilePath(terminated: buffer)
  }
}
