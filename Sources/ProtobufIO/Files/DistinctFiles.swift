/// The rule that nothing that a run writes takes the place of what it reads, or of what else it writes.
package enum DistinctFiles {
  /// Checks that no output is a file that is read, nor another output, by whatever name and through whatever links.
  ///
  /// - Parameters:
  ///   - read: The files that are read; `-` is standard input.
  ///   - written: The files that are written, which need not exist; `-` is standard output.
  /// - Throws: `unwritable` for the first output that is another file too.
  package static func check(read: [FilePath], written: [FilePath]) throws(ModelFileError) {
    var known: [FilePlace: FilePath] = [:]
    for path in read {
      let isStream = path == .standard
      let places = isStream ? FilePlace.places(ofDescriptor: 0) : FilePlace.places(of: path)
      for place in places { known[place] = isStream ? "standard input" : path }
    }
    for path in written {
      let isStream = path == .standard
      let places = isStream ? FilePlace.places(ofDescriptor: 1) : FilePlace.places(of: path)
      let title = isStream ? StandardOutput.title : path
      if let other = places.lazy.compactMap({ known[$0] }).first { throw refused(title, other) }
      for place in places { known[place] = title }
    }
  }

  static func refused(_ path: FilePath, _ other: FilePath) -> ModelFileError {
    ModelFileError(.unwritable, path: path, "is the same file as '\(other)'")
  }
}
