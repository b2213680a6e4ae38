import Foundation
import PackagePlugin

/// Fuses and checks the models of a target while it is built, and bundles them in the place of those it has.
///
/// Each model has two commands. One fuses it; it runs again only if the model, its data or the options changed. The
/// other tells which norms stay. Nothing of what a command said is shown when it does not run again, and SwiftPM does
/// not plan anew while no file comes or goes; so the second command changes a file that it reads, and runs in every
/// build.
@main struct FuseModelsPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let module = target.sourceModule else { return [] }
    let files = module.sourceFiles.map(\.url)
    try refuseCopiedFolders(among: files, of: target)
    let models = files.filter(\.isModel).sorted { $0.path < $1.path }
    try refuseEqualNames(among: models, of: target)
    let tool = try context.tool(named: "FuseModelsTool").url
    let options = module.directoryURL.appending(path: "fuse-models.json")
    return try models.flatMap { model in
      try FusionCommands(
        model: model, folder: context.pluginWorkDirectoryURL, tool: tool,
        options: FileManager.default.fileExists(atPath: options.path) ? options : nil
      ).all()
    }
  }

  /// What SwiftPM copies as a folder is not listed file by file, so its models would be bundled as they are.
  private func refuseCopiedFolders(among files: [URL], of target: any Target) throws {
    for folder in files where folder.isFolder {
      let contents = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      for case let file as URL in contents ?? .init() where file.isModel {
        throw Refusal(
          "target '\(target.name)' copies the folder '\(folder.lastPathComponent)', so '\(file.lastPathComponent)' in it would be bundled unfused: declare it by .process"
        )
      }
    }
  }

  private func refuseEqualNames(among models: [URL], of target: any Target) throws {
    var seen: Set<String> = []
    for model in models where !seen.insert(model.lastPathComponent).inserted {
      throw Refusal("target '\(target.name)' has two models named '\(model.lastPathComponent)'")
    }
  }
}
