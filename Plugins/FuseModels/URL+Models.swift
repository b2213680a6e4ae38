import Foundation

extension URL {
  /// Whether the name is that of a model.
  var isModel: Bool { ["onnx", "pb"].contains(pathExtension.lowercased()) }

  var isFolder: Bool { (try? resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false }

  /// Whether a model beside this file may keep tensors in it.
  var mayHoldTensors: Bool {
    let others = ["swift", "c", "cc", "cpp", "cxx", "m", "mm", "s", "h", "hpp", "modulemap", "md", "json"]
    return !lastPathComponent.hasPrefix(".") && !isModel && !others.contains(pathExtension.lowercased()) && !isFolder
  }
}
