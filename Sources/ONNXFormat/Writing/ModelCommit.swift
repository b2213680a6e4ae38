import ProtobufIO

/// A written model that waits, with its data file, to be put in place.
struct ModelCommit {
  let model: OutputFile
  var data: (file: OutputFile, name: FilePath)?

  /// The files of the model that was read: its own and those of its data.
  let input: (model: FileSource, data: [FileSource])

  /// Whether the result has to survive a power cut.
  let syncs: Bool

  private var place: OutputPlace { model.place }

  /// Hands all bytes to the file system, which may have no room for them; nothing can be seen yet but what is written
  /// straight through.
  func finish() throws(ModelFileError) {
    try data?.file.finish(syncing: syncs)
    try model.finish(syncing: syncs)
  }

  /// Puts the data file in place, then the model, and removes the data file that only the replaced model named.
  ///
  /// Writers of one folder take turns, and no signal comes between the steps.
  ///
  /// - Precondition: All is finished.
  /// - Returns: Why an old data file stays although no model was seen to name it, nil where none does.
  func make() throws(ModelFileError) -> String? {
    guard let folder = place.folder else { return nil }
    // Without a data file, old or new, one rename is all there is.
    guard data != nil || OldDataFile(at: place) != nil else {
      try appear(in: folder)
      return nil
    }
    let turn = FolderTurn(in: folder)
    return try withExtendedLifetime(turn) { () throws(ModelFileError) in
      let old = OldDataFile(at: place).flatMap { $0.name == data?.name ? nil : $0 }
      let fate = turn.isOurs ? old?.fate(input: input) : .kept("another program keeps the folder locked")
      try EndingSignals.held { () throws(ModelFileError) in
        try appear(in: folder)
        if fate == .removed { old?.remove() }
      }
      guard let old, case .kept(let reason)? = fate else { return nil }
      return "'\(old.name)' of the replaced model stays: \(reason)"
    }
  }

  /// Puts both files in place, or neither.
  private func appear(in folder: OutputFolder) throws(ModelFileError) {
    try EndingSignals.held { () throws(ModelFileError) in
      let wasThere = data.map { folder.entry($0.name) != nil } ?? true
      if let data { try data.file.appear(as: data.name) }
      do throws(ModelFileError) {
        // A model must not survive what its data does not.
        if syncs, data != nil { try folder.sync(for: place.path) }
        try model.appear(as: place.name)
      } catch {
        if let data, !wasThere { folder.remove(data.name) }
        throw error
      }
      if syncs { try folder.sync(for: place.path) }
    }
  }
}
