import Foundation
import PackagePlugin

/// The models of a target, each of which its bundle can hold fused.
///
/// What a plugin makes is put into the bundle by its name, and there replaces a resource of that name. Where a resource
/// is put elsewhere, the bundle would hold the model as it was; such a target is refused.
struct TargetModels {
  /// In the order of their paths.
  let files: [URL]

  /// - Throws: `Refusal` where a model would be bundled unfused.
  init(of module: any SourceModuleTarget, in package: Package) throws {
    let listed = module.sourceFiles.map(\.url)
    files = listed.filter(\.isModel).sorted { $0.path < $1.path }
    try refuseCopiedFolders(among: listed, of: module)
    guard !files.isEmpty else { return }
    // For earlier ones SwiftPM runs no command without outputs, so no norm that stays would be told.
    guard package.toolsVersion.major >= 6 else {
      throw Refusal("the package of target '\(module.name)' must have swift-tools-version 6.0 or later")
    }
    try refuseEqualNames(of: module)
    try refuseLocalizations(of: module)
    try refuseDeclarations(of: module, in: package)
  }

  /// What SwiftPM copies as a folder is not listed file by file.
  private func refuseCopiedFolders(among listed: [URL], of module: any SourceModuleTarget) throws {
    for folder in listed where folder.isFolder {
      let contents = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      for case let file as URL in contents ?? .init() where file.isModel {
        throw Refusal(
          "target '\(module.name)' copies the folder '\(folder.lastPathComponent)', so '\(file.lastPathComponent)' in it would be bundled unfused: declare it by .process"
        )
      }
    }
  }

  private func refuseEqualNames(of module: any SourceModuleTarget) throws {
    var seen: Set<String> = []
    for model in files where !seen.insert(model.lastPathComponent).inserted {
      throw Refusal("target '\(module.name)' has two models named '\(model.lastPathComponent)'")
    }
  }

  private func refuseLocalizations(of module: any SourceModuleTarget) throws {
    for model in files where model.pathComponents.contains(where: { $0.hasSuffix(".lproj") }) {
      throw Refusal(
        "target '\(module.name)' localizes '\(model.lastPathComponent)', which would be bundled unfused: move it out of the .lproj folder"
      )
    }
  }

  /// A plugin is not told by which rule a resource was declared, so the manifest's text is looked at.
  private func refuseDeclarations(of module: any SourceModuleTarget, in package: Package) throws {
    let manifest = package.directoryURL.appending(path: "Package.swift")
    let declarations = UnfusableDeclarations(in: (try? String(contentsOf: manifest, encoding: .utf8)) ?? "")
    let folder = module.directoryURL.path.hasSuffix("/") ? module.directoryURL.path : module.directoryURL.path + "/"
    for model in files where model.path.hasPrefix(folder) {
      guard let rule = declarations.rule(for: String(model.path.dropFirst(folder.count))) else { continue }
      throw Refusal(
        "target '\(module.name)' declares '\(model.lastPathComponent)' by \(rule), so it would be bundled unfused: declare it by .process alone"
      )
    }
  }
}
