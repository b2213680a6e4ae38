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
    let others = neighbours
    return [
      // SwiftPM also runs this when it linked the tool anew, as it does whenever it plans; so the name claims no work.
      .buildCommand(
        displayName: "Keeping \(name) fused", executable: tool,
        arguments: ["fuse", model.path, fused.path, report.path, options?.path ?? "-"] + others.map(\.path),
        inputFiles: [model] + others + (options.map { [$0] } ?? []), outputFiles: [fused]),
      .buildCommand(
        displayName: "Norms of \(name) that stay", executable: tool,
        arguments: ["tell", model.path, report.path, stamp.path],
        inputFiles: [fused, stamp], outputFiles: []),
    ]
  }

  /// Files that may hold the model's tensors: any beside it, and beside what it links to, that is neither code, a model
  /// nor the options.
  private var neighbours: [URL] {
    let places = Set([model, model.resolvingSymlinksInPath()].map { $0.deletingLastPathComponent().path })
    return places.sorted().flatMap { place in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
      return names.sorted().map { URL(filePath: place).appending(path: $0) }.filter { $0.mayHoldTensors }
    }
  }
}
