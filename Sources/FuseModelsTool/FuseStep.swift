import BatchNormFusion
import FoundationEssentials

/// Fuses one model; what cannot be proven fails the build.
struct FuseStep {
  let model: String
  let output: String
  let report: String
  /// The target's options file, where it has one.
  let options: String?
  /// Files beside the model, which may hold its tensors.
  let neighbours: [String]

  func run() throws {
    let sources = [model] + neighbours + (options.map { [$0] } ?? [])
    let record = try MadeRecord(at: "\(output).made", sources: sources)
    guard try !record.holds(for: [output, report]) else { return }
    // Nothing of an earlier build may stand in for what fails now.
    for old in [record.path, output, report] where FileManager.default.fileExists(atPath: old) {
      try FileManager.default.removeItem(atPath: old)
    }
    let name = model.split(separator: "/").last.map(String.init) ?? model
    let said = try TargetOptions(options).options(for: name)
    let told = try said.map { try fused($0) } ?? copied()
    try record.write(for: [output, report])
    try StandardOutput.write(ShownText.shown("fused \(name): \(told)") + "\n")
  }

  /// The model as it is, with a report of nothing.
  private func copied() throws -> String {
    try FileManager.default.copyItem(atPath: model, toPath: output)
    try Data().write(to: URL(filePath: report))
    return "left as it is"
  }

  private func fused(_ said: FusionOptions) throws -> String {
    var options = said
    // SwiftPM bundles the files that the plugin named when it planned; a data file has a name of its contents.
    options.storage = .inline
    let made: Report
    do {
      made = try Model(at: model, options: options).fuse(to: output, reports: [report])
    } catch let error as EvaluationError where error.code == .unsuitableInput {
      throw StepError("\(error): \(TargetOptions.file) can give inputShapes or data, or say \"check\": false")
    }
    let reason = made.check?.reason ?? ""
    switch made.check?.verdict {
    case .different: throw StepError("\(model): the fused model is different: \(reason)")
    case .notRun where !options.allowsUnproven:
      throw StepError(
        "\(model): the fused model is not proven: \(reason): \(TargetOptions.file) can give inputShapes or data, or say \"allowUnproven\": true"
      )
    default: break
    }
    let summary = made.summary
    if options.isStrict, summary.declined > 0 {
      throw StepError("\(model): \(summary.declined) of \(summary.batchNorms) norms stay")
    }
    let verdict = made.check.map { $0.verdict == .equivalent ? "equivalent" : "not proven" } ?? "not checked"
    return "\(summary.batchNorms - summary.declined) of \(summary.batchNorms) norms, \(verdict)"
  }
}
