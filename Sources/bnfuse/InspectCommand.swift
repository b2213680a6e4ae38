import ArgumentParser
import BatchNormFusion

/// `bnfuse inspect <model>`.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "List every norm: what feeds it, whether it folds and if not why.")

  @OptionGroup var arguments: ModelArguments

  @Flag(help: "Print the report as JSON.")
  var json = false

  func run() throws {
    try DistinctFiles.check(read: [arguments.model], written: [.standard])
    let report = try Model(at: arguments.model, options: arguments.options).inspect()
    try StandardOutput.write(json ? try report.json() : report.inspectionText())
  }
}
