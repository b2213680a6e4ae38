/// The rule that nothing that a run writes takes the place of what it reads, or of what else it writes.
package enum DistinctFiles {
  /// Checks that no output is a file that is read, nor another output, by whatever name and through whatever links.
  ///
  /// - Parameters:
  ///   - read: The files that are read; `-`, standard input, is left out.
  ///   - written: The files that are written, which need not exist; `-` is standard output.
  /// - Throws: `unwritable` for the first output that is another file too.
  package static func check(read: [FilePath], written: [FilePath]) throws(ModelFileError) {
    var known: [FilePlace: FilePath] = [:]
    for path in read where path != .standard {
      for place in FilePlace.places(of: path) { known[place] = path }
    }
    for path in written {
      let places = FilePlace.places(of: path)
      if let other = places.lazy.compactMap({ known[$0] }).first { throw refused(path, other) }
      for place in places { known[place] = path }
    }
  }

  static func refused(_ path: FilePath, _ other: FilePath) -> ModelFileError {
    let title = other == .standard ? "\(StandardOutput.title)" : "'\(other)'"
    return ModelFileError(
      .unwritable, path: path == .standard ? StandardOutput.title : path, "is the same file as \(title)")
  }
}
