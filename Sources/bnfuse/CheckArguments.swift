import ArgumentParser
import BatchNormFusion

/// On what inputs models are run, and how they are judged; `check` and `fuse --check` take these.
struct CheckArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Recorded inputs (input_0.pb or .npy …), for one model also outputs; or a folder of test_data_set_0 ….",
      valueName: "folder"))
  var data: FilePath?

  @Option(
    help: ArgumentHelp(
      "The right class of each recorded sample (integers, .npy or .pb): the accuracy of both models is reported.",
      valueName: "file"))
  var labels: FilePath?

  @Option(help: ArgumentHelp("The shape of a random input. May be repeated.", valueName: "name=1,3,224,224"))
  var inputShape: [String] = []

  @Option(help: ArgumentHelp("How many random inputs, or how often recorded ones are run.", valueName: "n"))
  var runs = 1

  @Option(help: ArgumentHelp("Which random inputs.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("How many threads a matrix product may use.", valueName: "n"))
  var threads = 1

  @Option(help: ArgumentHelp("The error allowed, relative to the expected element.", valueName: "number"))
  var rtol: Double?

  @Option(help: ArgumentHelp("The error allowed besides.", valueName: "number"))
  var atol: Double?

  @Option(
    help: ArgumentHelp(
      "The memory that tensors may take, as in 2G; otherwise half of what is free, and no more than models of that size take.",
      valueName: "size"))
  var memory: ByteSize?

  @Option(
    help: ArgumentHelp(
      "Another limit: \(EvaluationLimits.names.joined(separator: ", ")). May be repeated.", valueName: "name=n"))
  var limit: [String] = []

  func validate() throws {
    if data != nil, !inputShape.isEmpty { throw ValidationError("--data and --input-shape exclude each other") }
    if labels != nil, data == nil { throw ValidationError("--labels needs --data") }
    if runs < 1 { throw ValidationError("--runs must be at least 1, not \(runs)") }
    if threads < 1 { throw ValidationError("--threads must be at least 1, not \(threads)") }
    for bound in [rtol, atol].compactMap({ $0 }) where !(bound >= 0) {
      throw ValidationError("a tolerance must be at least 0, not \(bound)")
    }
    _ = try shapes()
    _ = try limits()
  }

  /// The library's options.
  func options() throws -> CheckOptions {
    var options = CheckOptions()
    options.data = data
    options.labels = labels
    options.inputShapes = try shapes()
    options.runs = runs
    options.seed = seed
    options.threads = threads
    options.limits = try limits()
    if rtol != nil || atol != nil { options.tolerance = Tolerance(relative: rtol ?? 0, absolute: atol ?? 0) }
    return options
  }

  /// What the runs may use.
  func limits() throws -> EvaluationLimits {
    var limits = EvaluationLimits()
    limits.memory = memory?.bytes
    for text in limit.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let value = Int(parts[1]), value > 0, limits.set(String(parts[0]), to: value) else {
        throw ValidationError(
          "--limit is name=number, with \(EvaluationLimits.names.joined(separator: ", ")), not '\(text)'")
      }
    }
    return limits
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
      result[CarriedText.repaired(String(text[..<place]))] = shape
    }
    return result
  }
}
