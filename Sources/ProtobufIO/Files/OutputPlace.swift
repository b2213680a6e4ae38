import CSystemShims

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where an output goes: to a name in a folder, or straight to an open file, a pipe or a device.
package struct OutputPlace {
  /// The target as the caller named it.
  package let path: FilePath

  /// What the path leads to.
  enum Target {
    /// An open file of this process.
    case descriptor(Int32)
    /// A pipe or a device.
    case device
    /// A file, there or not, whose permissions are kept.
    case file(OutputFolder, name: FilePath, exists: Bool)
  }

  let target: Target

  /// Looks where a path leads; nothing is opened but the folder.
  ///
  /// - Parameter path: A path, or `-` for standard output.
  /// - Throws: `unwritable` where no file can be there.
  package init(_ path: FilePath) throws(ModelFileError) {
    self.path = path
    if path == .standard {
      target = .descriptor(1)
      return
    }
    guard let last = path.bytes.last, last != UInt8(ascii: "/") else {
      throw ModelFileError(.unwritable, path: path, "names no file")
    }
    var facts = shim_file_facts()
    let exists = path.withCString { unsafe shim_facts_of_path($0, &facts) } == 0
    if exists, facts.kind == shim_folder { throw ModelFileError(.unwritable, path: path, "is a folder") }
    if exists, let descriptor = Self.descriptor(linkedFrom: path, FileIdentity(facts)) {
      target = .descriptor(descriptor)
    } else if exists, facts.kind != shim_regular || Self.linkedDescriptor(path) >= 0 {
      target = .device
    } else {
      let file = FileName(path)
      do throws(SystemError) {
        target = .file(try OutputFolder(file.folder), name: file.name, exists: exists)
      } catch {
        throw ModelFileError(.unwritable, path: path, error.text)
      }
    }
  }

  /// The folder in which the output appears, nil where it is written straight through.
  package var folder: OutputFolder? {
    if case .file(let folder, _, _) = target { folder } else { nil }
  }

  /// The name under which it appears, empty where it is written straight through.
  package var name: FilePath {
    if case .file(_, let name, _) = target { name } else { "" }
  }

  /// Whether what is written to a path cannot be taken back.
  package static func isStream(_ path: FilePath) -> Bool {
    (try? OutputPlace(path)).map { $0.folder == nil } ?? false
  }

  /// Whether what is written to a path goes where standard output goes.
  package static func isStandardOutput(_ path: FilePath) -> Bool {
    guard case .descriptor(let descriptor)? = (try? OutputPlace(path))?.target else { return false }
    return descriptor == 1 || FileIdentity(ofDescriptor: descriptor) == FileIdentity(ofDescriptor: 1)
  }

  /// This process's descriptor that a path like `/dev/stdout` links to.
  private static func descriptor(linkedFrom path: FilePath, _ identity: FileIdentity) -> Int32? {
    let descriptor = linkedDescriptor(path)
    return descriptor >= 0 && FileIdentity(ofDescriptor: descriptor) == identity ? descriptor : nil
  }

  private static func linkedDescriptor(_ path: FilePath) -> Int32 {
    path.withCString { unsafe shim_linked_descriptor($0) }
  }
}
