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
  private let model: FileSource
  private let bases: [FilePath]
  private let roots: [FilePath]
  private var open: [FilePath: FileSource] = [:]

  /// - Parameters:
  ///   - model: The opened model: its folder as named, and the folder of the file it resolves to, are allowed.
  ///   - extraRoots: Further allowed folders; where the model came through a pipe, locations start there. One
  ///     that does not exist allows nothing.
  package init(for model: FileSource, extraRoots: [FilePath]) throws(ModelFileError) {
    self.model = model
    let extra = extraRoots.compactMap(Self.resolved)
    guard model.path != .standard else {
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
  package func file(at location: FilePath, for user: String) throws(ModelFileError) -> FileSource {
    if let file = open[location] { return file }
    func refused(_ text: String) -> ModelFileError {
      ModelFileError(.unreadable, path: model.path, "\(user): external data '\(location)' \(text)")
    }
    let slash = UInt8(ascii: "/")
    let parts = location.bytes.split(separator: slash, omittingEmptySubsequences: false)
    guard let first = location.bytes.first, first != slash, !parts.contains(where: { $0.elementsEqual("..".utf8) })
    else {
      throw refused("must be a relative path without '..'")
    }
    guard !bases.isEmpty else {
      throw refused("needs an external root, as the model came through standard input")
    }
    var failure: ModelFileError?
    for base in bases {
      do throws(ModelFileError) {
        let file = try FileSource.data(at: base.appending(location))
        let resolved = try file.resolvedPath()
        guard roots.contains(where: { resolved.bytes.starts(with: $0.appending("").bytes) }) else {
          throw refused("lies outside the model's folder, at '\(resolved)'")
        }
        open[location] = file
        return file
      } catch {
        failure = failure ?? (error.path == model.path ? error : refused(error.message))
      }
    }
    throw failure ?? refused("cannot be opened")
  }

  /// Checks that neither the model nor any of its data files was written since it was opened.
  package func checkUnchanged() throws(ModelFileError) {
    try model.checkUnchanged()
    for (_, file) in open.sorted(by: { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }) {
      try file.checkUnchanged()
    }
  }

  /// Checks that no output would take the place of a data file.
  ///
  /// - Throws: `unwritable` for the first that would.
  package func checkNoneIs(among outputs: [FilePath]) throws(ModelFileError) {
    let data = Dictionary(open.map { ($1.stamp.identity, $1.path) }, uniquingKeysWith: { first, _ in first })
    for output in outputs where output != .standard {
      for case .file(let identity) in FilePlace.places(of: output) {
        if let path = data[identity] { throw DistinctFiles.refused(output, path) }
      }
    }
  }

  private static func resolved(_ path: FilePath) -> FilePath? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    guard path.withCString({ unsafe realpath($0, &buffer) == nil ? -1 : 0 }) == 0 else { return nil }
    return FilePath(terminated: buffer)
  }
}
