import Foundation
import PackagePlugin

/// Fuses and checks the models of a target while it is built, and bundles them in the place of those it has.
///
/// Each model has two commands. One fuses it; it runs again only if the model, its data, the options or the tool
/// changed. The other tells which norms stay. Nothing of what a command said is shown when it does not run again, and
/// SwiftPM does not plan anew while no file comes or goes; so the second command changes a file that it reads, and runs
/// in every build. A diagnostic of the plugin itself would be shown only where a build is planned.
@main struct FuseModelsPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let module = target.sourceModule else { return [] }
    let models = try TargetModels(of: module, in: context.package)
    let tool = try context.tool(named: "FuseModelsTool").url
    let options = module.directoryURL.appending(path: "fuse-models.json")
    return try models.files.flatMap { model in
      try FusionCommands(
        model: model, folder: context.pluginWorkDirectoryURL, tool: tool,
        options: FileManager.default.fileExists(atPath: options.path) ? options : nil
      ).all()
    }
  }
}
