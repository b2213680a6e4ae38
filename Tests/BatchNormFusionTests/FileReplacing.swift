import FoundationEssentials
import ProtobufIO

/// What other programs do to files meanwhile.
enum FileReplacing {
  /// Renames a file over another.
  static func replace(_ path: FilePath, with other: FilePath) throws {
    try remove(path)
    try FileManager.default.moveItem(atPath: other.description, toPath: path.description)
  }

  static func remove(_ path: FilePath) throws {
    try FileManager.default.removeItem(atPath: path.description)
  }
}
