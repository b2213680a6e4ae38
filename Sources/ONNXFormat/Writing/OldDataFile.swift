import ONNXModel
import ProtobufIO

/// The data file of a model that is about to be replaced, if it is one that this program wrote.
struct OldDataFile {
  let name: FilePath

  /// Looks at the model that is now at a place; nil where there is none or it names no such file.
  ///
  /// Only a regular file is looked at: a pipe or a device would have to be read to its end, and what a link leads to
  /// stays as it is.
  init?(at place: OutputPlace) {
    guard place.folder?.entry(place.name)?.isRegular == true,
      let source = try? FileSource.data(at: place.path, settles: false),
      source.size <= Int(Int32.max), let locations = try? ONNXDocument.externalLocations(in: source),
      let ours = locations.first(where: DataFileName(of: place.path).matches)
    else { return nil }
    name = FilePath(ours)
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
  /// - Parameters:
  ///   - place: Where the model is about to be replaced.
  ///   - input: The model that was read: it counts unless it is the one that is replaced.
  func fate(at place: OutputPlace, input: ONNXDocument) -> Fate {
    guard let folder = place.folder, let file = folder.entry(name) else { return .removed }
    let isInput = folder.entry(place.name)?.identity == input.tree.source.identity
    if !isInput, input.dataFiles.contains(where: { $0.identity == file.identity }) { return .needed }
    return FolderSearch(folder, for: file, leavingOut: place.name).fate()
  }
}
