import Foundation
import PackagePlugin

/// The commands that make one fused model.
struct FusionCommands {
  let model: URL
  /// Where they may write.
  let folder: URL
  let tool: URL
  /// The target's options file, where it has one.
  let options: URL?

  func all() throws -> [Command] {
    let name = model.lastPathComponent
    let fused = folder.appending(path: name)
    let report = folder.appending(path: "\(name).report.json")
    let stamp = folder.appending(path: "\(name).stamp")
    if !FileManager.default.fileExists(atPath: stamp.path) { try Data().write(to: stamp) }
    return [
      .buildCommand(
        displayName: "Fusing \(name)", executable: tool,
        arguments: ["fuse", model.path, fused.path, report.path] + (options.map { [$0.path] } ?? []),
        inputFiles: [model] + dataFiles + (options.map { [$0] } ?? []), outputFiles: [fused]),
      .buildCommand(
        displayName: "Norms of \(name) that stay", executable: tool,
        arguments: ["tell", model.path, report.path, stamp.path],
        inputFiles: [fused, stamp], outputFiles: []),
    ]
  }

  /// Files beside the model that may hold its tensors.
  private var dataFiles: [URL] {
    let place = model.deletingLastPathComponent()
    let stem = model.deletingPathExtension().lastPathComponent
    let files = (try? FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)) ?? []
    return files.filter {
      $0 != model && !$0.isModel && !$0.isFolder && $0.lastPathComponent.hasPrefix("\(stem).")
    }.sorted { $0.path < $1.path }
  }
}
