#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Opens data files that a model names, but none outside the folders that are allowed.
///
/// A location is relative and without `..`. It is opened first and judged by where the open file really
/// lies, so links into a shared store work and nothing can change between the look and the use.
package final class ConfinedFiles {
  private let modelPath: String
  private let bases: [String]
  private let roots: [String]
  private var open: [String: FileSource] = [:]

  /// - Parameters:
  ///   - model: The opened model: its folder as named, and the folder of the file it resolves to, are allowed.
  ///   - extraRoots: Further allowed folders; where the model came through a pipe, locations start there. One
  ///     that does not exist allows nothing.
  package init(for model: FileSource, extraRoots: [String]) throws(ModelFileError) {
    modelPath = model.path
    let extra = extraRoots.compactMap(Self.resolved)
    guard model.path != "-" else {
      bases = extraRoots
      roots = extra
      return
    }
    let folder = FileName(model.path).folder
    bases = [folder]
    roots = [Self.resolved(folder), FileName(try model.resolvedPath()).folder].compactMap { $0 } + extra
  }

  /// All files that were opened.
  package var opened: [FileSource] { Array(open.values) }

  /// The file at a location.
  ///
  /// - Parameter user: What names the location, for the error message.
  package func file(at location: String, for user: String) throws(ModelFileError) -> FileSource {
    if let file = open[location] { return file }
    func refused(_ text: String) -> ModelFileError {
      ModelFileError(.unreadable, path: modelPath, "\(user): external data '\(location)' \(text)")
    }
    let parts = location.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard !location.isEmpty, location.utf8.first != UInt8(ascii: "/"),
      !parts.contains(where: { $0.elementsEqual("..".utf8) })
    else {
      throw refused("must be a relative path without '..'")
    }
    guard !bases.isEmpty else {
      throw refused("needs an external root, as the model came through standard input")
    }
    var failure: ModelFileError?
    for base in bases {
      do throws(ModelFileError) {
        let file = try FileSource.data(at: base == "/" ? "/" + location : base + "/" + location)
        let resolved = try file.resolvedPath()
        guard roots.contains(where: { $0 == "/" || resolved.utf8.starts(with: ($0 + "/").utf8) }) else {
          throw refused("lies outside the model's folder, at '\(resolved)'")
        }
        open[location] = file
        return file
      } catch {
        failure = failure ?? (error.path == modelPath ? error : refused(error.message))
      }
    }
    throw failure ?? refused("cannot be opened")
  }

  private static func resolved(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
