import ONNXModel
import ProtobufIO
import RecordedData

/// The data file of a model that is about to be replaced, if it is one that this program wrote.
struct OldDataFile {
  private let folder: OutputFolder
  private let model: FilePath
  private let entry: FolderEntry

  var name: FilePath { entry.name }

  /// Looks at the model that is now at a place; nil where there is none or it names no such file that is there.
  ///
  /// Only a regular file is looked at: a pipe or a device would have to be read to its end, and what a link leads to
  /// stays as it is.
  init?(at place: OutputPlace) {
    let names = DataFileName(of: place.path)
    guard let folder = place.folder, folder.entry(place.name)?.isRegular == true,
      let source = try? FileSource.data(at: place.path, settles: false), source.size <= Int(Int32.max),
      (try? ONNXDocument.mayName(FilePath(names.prefix), in: source)) == true,
      let locations = try? ONNXDocument.externalLocations(in: source),
      let ours = locations.first(where: names.matches), let entry = folder.entry(FilePath(ours))
    else { return nil }
    (self.folder, model, self.entry) = (folder, place.name, entry)
  }

  /// Whether the file is to go once the model is replaced.
  enum Fate: Equatable {
    case removed
    /// Another model, the input or a link needs it.
    case needed
    /// It could not be seen whether another model needs it, for this reason.
    case kept(String)
  }

  /// Looks for whatever else needs the file.
  ///
  /// - Parameter input: The files of the model that was read: it counts unless it is the one that is replaced.
  func fate(input: (model: FileSource, data: [FileSource])) -> Fate {
    let isInput = folder.entry(model)?.identity == input.model.identity
    if !isInput, input.data.contains(where: { $0.identity == entry.identity }) { return .needed }
    return FolderSearch(folder, for: entry, leavingOut: model).fate()
  }

  /// Removes the file, unless a writer that did not wait for its turn has put another in its place.
  func remove() {
    if folder.entry(name)?.identity == entry.identity { folder.remove(name) }
  }
}
