import FoundationEssentials
package import ProtobufIO

/// A folder of its own for one test, gone with it.
package final class TemporaryFolder: Sendable {
  package let path: FilePath

  package init() {
    let name = "bnfuse-tests-\(UUID().uuidString)"
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(name)
    path = FilePath(Self.resolved(folder.path))
    make(nil)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.description) }

  /// The path of a file in the folder.
  package func path(_ name: String) -> FilePath { path.appending(FilePath(name)) }

  /// Makes a folder in this one, or this one itself.
  @discardableResult
  package func make(_ name: String?) -> FilePath {
    let made = name.map { path($0) } ?? path
    guard (try? FileManager.default.createDirectory(atPath: made.description, withIntermediateDirectories: true)) != nil
    else {
      preconditionFailure("a temporary folder must be writable")
    }
    return made
  }

  /// Writes a file and gives its path.
  @discardableResult
  package func write(_ bytes: [UInt8], to name: String) -> FilePath {
    guard (try? Data(bytes).write(to: URL(filePath: path(name).description))) != nil else {
      preconditionFailure("a temporary folder must be writable")
    }
    return path(name)
  }

  @discardableResult
  package func write(_ text: String, to name: String) -> FilePath { write(Array(text.utf8), to: name) }

  /// The bytes of a file, nil where there is none.
  package func bytes(_ name: String) -> [UInt8]? { fileBytes(path(name)) }

  package func text(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

  /// The names of what is in the folder, sorted.
  package var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path.description)) ?? []).sorted()
  }

  /// Makes a symbolic link in the folder.
  package func link(_ name: String, to target: FilePath) {
    guard
      (try? FileManager.default.createSymbolicLink(
        atPath: path(name).description, withDestinationPath: target.description)) != nil
    else {
      preconditionFailure("a temporary folder must hold links")
    }
  }

  /// A file opened for reading.
  package func source(_ bytes: [UInt8], name: String = "model") throws(ModelFileError) -> FileSource {
    try FileSource.data(at: write(bytes, to: name))
  }

  private static func resolved(_ path: String) -> String {
    // On some systems the temporary folder is behind a link.
    path.hasPrefix("/var/") ? "/private" + path : path
  }
}

/// The bytes of a file, nil where there is none.
package func fileBytes(_ path: FilePath) -> [UInt8]? {
  (try? Data(contentsOf: URL(filePath: path.description))).map(Array.init)
}
