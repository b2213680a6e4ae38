import ONNXModel
import ProtobufIO

/// The data file of a model that is about to be replaced, if it is one that this program wrote.
struct OldDataFile {
  let name: String

  /// Looks at the model that is now at a path; nil where there is none or it names no such file.
  init?(of path: String) {
    guard path != "-", let source = try? FileSource.model(at: path, limit: Int(Int32.max)),
      let locations = try? ONNXDocument.externalLocations(in: source)
    else { return nil }
    let prefix = FileName(path).name + "."
    let ours = locations.first { location in
      guard location.hasPrefix(prefix), location.hasSuffix(".data") else { return false }
      let hash = location.dropFirst(prefix.count).dropLast(5)
      return hash.utf8.count == 16 && hash.utf8.allSatisfy("0123456789abcdef".utf8.contains)
    }
    guard let ours else { return nil }
    name = ours
  }

  /// Removes a file that lies beside a model; one that is not there is no error.
  static func remove(_ name: String, beside path: String) {
    OutputFile.remove(FileName(path).sibling(name))
  }
}
