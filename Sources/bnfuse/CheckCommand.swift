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
  var original: String

  @Argument(help: "A model that should give the same.")
  var candidate: String?

  @Option(
    help: ArgumentHelp(
      "Recorded inputs (input_0.pb or .npy …), for one model also outputs; or a folder of test_data_set_0 ….",
      valueName: "folder"))
  var data: String?

  @Option(help: ArgumentHelp("The shape of a random input. May be repeated.", valueName: "name=1,3,224,224"))
  var inputShape: [String] = []

  @Option(help: ArgumentHelp("How many random inputs, or how often recorded ones are run.", valueName: "n"))
  var runs = 1

  @Option(help: ArgumentHelp("Which random inputs.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("How many threads a matrix product may use.", valueName: "n"))
  var threads = 1

  @Option(help: "Compute in the model's own types, in float64, or in both.")
  var precision = PrecisionChoice.both

  @Option(help: ArgumentHelp("The error allowed, relative to the expected element.", valueName: "number"))
  var rtol: Double?

  @Option(help: ArgumentHelp("The error allowed besides.", valueName: "number"))
  var atol: Double?

  @Option(help: ArgumentHelp("A further folder in which external data may lie.", valueName: "folder"))
  var externalRoot: [String] = []

  @Flag(help: "Print the result as JSON.")
  var json = false

  @Flag(name: [.short, .long], help: "Print nothing but errors.")
  var quiet = false

  @Flag(name: [.short, .long], help: "List every node that was not executed.")
  var verbose = false

  func validate() throws {
    if candidate == nil, data == nil {
      throw ValidationError("a second model or recorded data is needed: <candidate> or --data <folder>")
    }
    if data != nil, !inputShape.isEmpty { throw ValidationError("--data and --input-shape exclude each other") }
    if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other") }
    if runs < 1 { throw ValidationError("--runs must be at least 1, not \(runs)") }
    if threads < 1 { throw ValidationError("--threads must be at least 1, not \(threads)") }
    for bound in [rtol, atol].compactMap({ $0 }) where !(bound >= 0) {
      throw ValidationError("a tolerance must be at least 0, not \(bound)")
    }
    _ = try shapes()
  }

  func run() throws {
    var evaluation = EvaluationOptions()
    evaluation.threads = threads
    evaluation.externalRoots = externalRoot
    let model = try ModelEvaluator(at: original, options: evaluation)
    let report =
      if let candidate {
        try model.check(candidate: try ModelEvaluator(at: candidate, options: evaluation), try options())
      } else {
        try model.check(try options())
      }
    if json {
      StandardStream.output.write(try report.json())
    } else if !quiet {
      StandardStream.output.write(report.text(verbose: verbose))
    }
    switch report.check.verdict {
    case .equivalent: break
    case .different: throw ExitCode(2)
    case .notRun: throw ExitCode(4)
    }
  }

  private func options() throws -> CheckOptions {
    var options = CheckOptions()
    options.data = data
    options.inputShapes = try shapes()
    options.runs = runs
    options.seed = seed
    options.precisions = precision.precisions
    if rtol != nil || atol != nil { options.tolerance = Tolerance(relative: rtol ?? 0, absolute: atol ?? 0) }
    return options
  }

  private func shapes() throws -> [String: [Int]] {
    var result: [String: [Int]] = [:]
    for text in inputShape {
      // A name may hold a '=' itself.
      guard let place = text.lastIndex(of: "="), place > text.startIndex else {
        throw ValidationError("--input-shape is name=1,3,224,224, not '\(text)'")
      }
      let sizes = text[text.index(after: place)...]
      let shape = sizes.split(separator: ",").map { Int($0) ?? -1 }
      guard shape.allSatisfy({ $0 >= 0 }) else { throw ValidationError("'\(sizes)' is no shape, as in 1,3,224,224") }
      result[String(text[..<place])] = shape
    }
    return result
  }
}
