import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An open folder in which files are put in place.
///
/// Names are looked up in the folder that was opened, whatever its path leads to later.
@safe
package final class OutputFolder {
  /// The folder as the caller named it.
  package let path: FilePath

  let descriptor: Int32

  init(_ path: FilePath) throws(SystemError) {
    self.path = path
    descriptor = path.withCString { unsafe shim_open_folder($0) }
    guard descriptor >= 0 else { throw SystemError(number: -descriptor) }
  }

  deinit { close(descriptor) }

  /// The file that a name itself stands for, not what it links to; nil where there is none.
  package func entry(_ name: FilePath) -> FolderEntry? {
    var facts = shim_file_facts()
    let status = name.withCString { unsafe shim_facts_in_folder(descriptor, $0, &facts) }
    return status == 0 ? FolderEntry(name: name, facts) : nil
  }

  /// Removes a file; one that is not there is no error.
  package func remove(_ name: FilePath) { _ = name.withCString { unsafe shim_remove(descriptor, $0) } }

  /// Waits until the names in the folder would survive a power cut.
  ///
  /// - Parameter output: The file that this is done for.
  package func sync(for output: FilePath) throws(ModelFileError) {
    let folder = shim_open_readable_folder(descriptor)
    let status = folder < 0 ? folder : shim_sync(folder)
    if folder >= 0 { close(folder) }
    guard status == 0 else {
      throw ModelFileError(
        .unwritable, path: output, "its folder cannot be synced: \(SystemError(number: -status).text)")
    }
  }

  /// Calls `body` with the name of each file in the folder until it returns false.
  ///
  /// - Returns: Whether the folder could be listed.
  package func forEachName(_ body: (FilePath) -> Bool) -> Bool {
    let folder = shim_open_readable_folder(descriptor)
    guard folder >= 0, let listing = unsafe fdopendir(folder) else {
      if folder >= 0 { close(folder) }
      return false
    }
    defer { unsafe closedir(listing) }
    while let entry = unsafe readdir(listing) {
      let name = unsafe UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
      guard unsafe body(FilePath(bytes: ByteText.bytes(of: name.assumingMemoryBound(to: CChar.self)))) else { break }
    }
    return true
  }

  func rename(_ name: FilePath, to target: FilePath) throws(SystemError) {
    try Self.check(name.withCString { old in target.withCString { unsafe shim_rename(descriptor, old, $0) } })
  }

  /// Gives a file without a name one that another file may have.
  func link(_ file: Int32, as target: FilePath) throws(SystemError) {
    try EndingSignals.held { () throws(SystemError) in
      // Only a rename replaces a file; where there is none, one call puts the new one in place.
      let status = target.withCString { unsafe shim_link_unnamed(file, descriptor, $0) }
      guard status == -EEXIST else { return try Self.check(status) }
      let name = TemporaryName.unused()
      try Self.check(name.withCString { unsafe shim_link_unnamed(file, descriptor, $0) })
      do throws(SystemError) {
        try rename(name, to: target)
      } catch {
        remove(name)
        throw error
      }
    }
  }

  private static func check(_ status: Int32) throws(SystemError) {
    guard status == 0 else { throw SystemError(number: -status) }
  }
}
