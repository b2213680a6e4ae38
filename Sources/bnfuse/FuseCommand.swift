import ArgumentParser
import BatchNormFusion

/// `bnfuse [fuse] <model> -o <output>`.
struct FuseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuse", abstract: "Fold all norms that can be folded and write the model.")

  @OptionGroup var arguments: ModelArguments

  @Option(name: [.short, .long], help: "The model to write; '-' for standard output.")
  var output: FilePath?

  @OptionGroup var reporting: ReportArguments

  @Flag(help: "Write nothing and exit with 3 if any norm stays.")
  var strict = false

  @Flag(help: "Plan and report, but write no model.")
  var dryRun = false

  @Flag(help: "Store all larger initializers in one data file beside the model.")
  var externalData = false

  @Flag(help: "Store all tensors in the model itself.")
  var inlineData = false

  @Flag(help: "Wait until the written model would survive a power cut.")
  var sync = false

  @Flag(help: "Run the original and the fused model before anything is written, and write only what is equivalent.")
  var check = false

  @Flag(help: "Write also where the check could not be made.")
  var allowUnproven = false

  @OptionGroup(title: "Options of --check") var checking: CheckArguments

  @Flag(name: [.short, .long], help: "Print nothing but errors.")
  var quiet = false

  @Flag(name: [.short, .long], help: "Print each fold too, and with --dry-run each edit.")
  var verbose = false

  func validate() throws {
    if output == nil, !dryRun { throw ValidationError("an output is needed: -o <output>, or --dry-run") }
    if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other") }
    if externalData, inlineData { throw ValidationError("--external-data and --inline-data exclude each other") }
  }

  func run() throws {
    var options = arguments.options
    options.isStrict = strict
    options.check = check ? try checking.options() : nil
    options.allowsUnproven = allowUnproven
    options.syncs = sync
    options.storage = externalData ? .external : inlineData ? .inline : .asRead
    try checkTargets()
    let model = try Model(at: arguments.model, options: options)
    let result: Report
    if dryRun {
      try model.checkNoData(isAmong: reporting.report)
      var edits: [String] = []
      result = try model.plan(to: output ?? "", listing: verbose ? { edits.append("edit: \($0)") } : nil)
      for path in reporting.report { try result.write(to: path) }
      try tell(result, edits)
    } else {
      let progress = ProgressLine(isShown: !quiet && StandardError.isTerminal)
      defer { progress.clear() }
      // Told before the model can be seen: what is written by a run that fails is nothing.
      result = try model.fuse(
        to: output ?? "", reports: reporting.report, progress: progress.show,
        reporting: {
          progress.clear()
          try tell($0)
        })
      if !quiet { tellAfterwards(result) }
    }
    switch result.check?.verdict {
    case .different: throw CommandFailure(text: "\(arguments.model): \(result.check?.reason ?? "")", code: ExitCode(2))
    case .notRun where !allowUnproven:
      throw CommandFailure(text: "\(arguments.model): not proven: \(result.check?.reason ?? "")", code: ExitCode(4))
    default: break
    }
    if strict, result.summary.declined > 0 {
      throw CommandFailure(
        text: "\(arguments.model): \(result.summary.declined) of \(result.summary.batchNorms) norms stay (--strict)",
        code: ExitCode(3))
    }
  }

  /// Refuses, before anything is read, what would be written over a file that is read or written.
  ///
  /// The model itself may be the output, which takes its place when all is done.
  private func checkTargets() throws {
    let labels = [checking.labels].compactMap { $0 }
    let others = reporting.report + [.standard]
    try DistinctFiles.check(read: labels + [arguments.model], written: others)
    if !dryRun, let output, !OutputPlace.isStandardOutput(output) {
      try DistinctFiles.check(read: labels, written: [output] + others)
    }
  }

  /// Tells what only putting the model in place showed.
  private func tellAfterwards(_ report: Report) {
    for warning in report.warnings where warning.code == Report.Warning.keptDataFile {
      StandardError.write(ShownText.shown("warning: \(warning.code): \(warning.text)") + "\n")
    }
  }

  private func tell(_ report: Report, _ edits: [String] = []) throws {
    guard !quiet else { return }
    let text = report.summaryText(verbose: verbose) + edits.map { ShownText.shown($0) + "\n" }.joined()
    let isTaken = output.map(OutputPlace.isStandardOutput) ?? false
    isTaken ? StandardError.write(text) : try StandardOutput.write(text)
  }
}
