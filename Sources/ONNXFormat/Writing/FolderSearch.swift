import ONNXModel
import ProtobufIO

/// A look at the files of a folder for one that needs a data file.
struct FolderSearch {
  /// The most files that are looked at.
  static let fileLimit = 1000

  /// The longest that it may take.
  static let timeLimit = Duration.seconds(1)

  private let folder: OutputFolder
  private let file: FolderEntry
  private let model: FilePath

  /// - Parameter model: A file of the folder that does not count.
  init(_ folder: OutputFolder, for file: FolderEntry, leavingOut model: FilePath) {
    self.folder = folder
    self.file = file
    self.model = model
  }

  /// Looks at one file after the other until one needs the data file or a limit is met.
  func fate() -> OldDataFile.Fate {
    let start = ContinuousClock.now
    var fate = OldDataFile.Fate.removed
    var count = 0
    let isListed = folder.forEachName { name in
      guard name != model, name != file.name, let entry = folder.entry(name), entry.isRegular || entry.isLink
      else { return true }
      count += 1
      fate =
        count > Self.fileLimit
        ? .kept("the folder holds more than \(Self.fileLimit) files")
        : ContinuousClock.now - start > Self.timeLimit
          ? .kept("looking at the folder's files took more than 1 s") : self.fate(beside: entry)
      return fate == .removed
    }
    return isListed ? fate : .kept("the folder cannot be listed")
  }

  private func fate(beside entry: FolderEntry) -> OldDataFile.Fate {
    let path = folder.path.appending(entry.name)
    do throws(ModelFileError) {
      guard let source = try FileSource.existing(at: path, settles: false) else { return .removed }
      // A link to the file is another name of it that would lead nowhere.
      if entry.isLink, source.identity == file.identity { return .needed }
      guard source.size <= Int(Int32.max) else { return .removed }
      return try ONNXDocument.mayName(file.name, in: source) ? .needed : .removed
    } catch {
      return entry.isRegular ? .kept("'\(entry.name)' cannot be looked at: \(error.message)") : .removed
    }
  }
}
