import FoundationEssentials

/// What other programs do to files meanwhile.
enum FileReplacing {
  /// Renames a file over another.
  static func replace(_ path: String, with other: String) throws {
    try remove(path)
    try FileManager.default.moveItem(atPath: other, toPath: path)
  }

  static func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }
}
