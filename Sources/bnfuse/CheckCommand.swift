import ArgumentParser
import BatchNormFusion

/// `bnfuse check <original> <candidate>` and `bnfuse check <model> --data <folder>`.
struct CheckCommand: ParsableCommand {
  /// Which computations are made.
  enum PrecisionChoice: String, CaseIterable, ExpressibleByArgument {
    case own, float64, both

    var precisions: [Precision] {
      switch self {
      case .own: [.own]
      case .float64: [.float64]
      case .both: Precision.allCases
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Run a model on recorded inputs, or two models on the same inputs, and compare the outputs.",
    discussion: """
      Exit status: 0 the outputs agree; 1 a file cannot be read or does not fit; 2 they differ; 4 a model could not \
      be run to its end; 64 usage.
      """)

  @Argument(help: "The model; '-' for standard input.")
  var original: FilePath

  @Argument(help: "A model that should give the same.")
  var candidate: FilePath?

  @OptionGroup var arguments: CheckArguments

  @Option(help: "Compute against recorded outputs in the model's own types, in float64, or in both.")
  var precision = PrecisionChoice.both

  @Option(help: ArgumentHelp("A further folder in which external data may lie.", valueName: "folder"))
  var externalRoot: [FilePath] = []

  @Option(
    help: ArgumentHelp(
      "How many units in the last place a parameter of another tool's fold may be off.", valueName: "number"))
  var maxUlp = CheckOptions().maxUlp

  @Flag(help: "Run norms that were exported in training mode as inference.")
  var assumeInference = false

  @OptionGroup var reporting: ReportArguments

  @Flag(help: "Print the result as JSON.")
  var json = false

  @Flag(name: [.short, .long], help: "Print nothing but errors.")
  var quiet = false

  @Flag(name: [.short, .long], help: "List every node that was not executed.")
  var verbose = false

  func validate() throws {
    if candidate == nil, arguments.data == nil {
      throw ValidationError("a second model or recorded data is needed: <candidate> or --data <folder>")
    }
    if !(maxUlp >= 0 && maxUlp.isFinite) { throw ValidationError("--max-ulp must be at least 0, not \(maxUlp)") }
    if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other") }
  }

  func run() throws {
    var evaluation = EvaluationOptions()
    evaluation.threads = arguments.threads
    evaluation.limits = try arguments.limits()
    evaluation.externalRoots = externalRoot
    evaluation.assumesInference = assumeInference
    var options = try arguments.options()
    options.precisions = precision.precisions
    options.maxUlp = maxUlp
    let read = [original, candidate, arguments.labels].compactMap { $0 }
    try DistinctFiles.check(read: read, written: reporting.report + [.standard])
    let model = try ModelEvaluator(at: original, options: evaluation)
    let other = try candidate.map { try ModelEvaluator(at: $0, options: evaluation) }
    for model in [model, other].compactMap({ $0 }) { try model.checkNoData(isAmong: reporting.report) }
    let report = try other.map { try model.check(candidate: $0, options) } ?? model.check(options)
    for path in reporting.report { try report.write(to: path) }
    if json {
      try StandardOutput.write(try report.json())
    } else if !quiet {
      try StandardOutput.write(report.text(verbose: verbose))
    }
    switch report.check.verdict {
    case .equivalent: break
    case .different: throw ExitCode(2)
    case .notRun: throw ExitCode(4)
    }
  }
}
