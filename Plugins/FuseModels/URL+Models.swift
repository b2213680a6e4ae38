import Foundation

extension URL {
  /// Whether the name is that of a model.
  var isModel: Bool { ["onnx", "pb"].contains(pathExtension) }

  var isFolder: Bool { (try? resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false }
}
