import BatchNormFusion

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the build-tool plugin `FuseModels` runs; it is not meant for people, who have `bnfuse`.
///
///     FuseModelsTool fuse <model> <fused> <report> (<options> | -) <neighbour>…
///     FuseModelsTool tell <model> <report> <stamp>
@main enum PluginTool {
  static func main() {
    EndingSignals.prepareProgram()
    let arguments = ProcessArguments.all.dropFirst().map { String(decoding: $0, as: UTF8.self) }
    do {
      switch (arguments.first, Array(arguments.dropFirst())) {
      case ("fuse", let files) where files.count >= 4:
        try FuseStep(
          model: files[0], output: files[1], report: files[2], options: files[3] == "-" ? nil : files[3],
          neighbours: Array(files[4...])
        ).run()
      case ("tell", let files) where files.count == 3:
        try TellStep(model: files[0], report: files[1], stamp: files[2]).run()
      default: throw StepError("FuseModelsTool is run by the plugin FuseModels")
      }
    } catch {
      StandardError.write("error: \(error)\n")
      exit(1)
    }
  }
}
