import BatchNormFusion
import FoundationEssentials

/// Fuses one model; what cannot be proven fails the build.
struct FuseStep {
  let model: String
  let output: String
  let report: String
  let options: String?

  func run() throws {
    // Nothing of an earlier build may stand in for what fails now.
    for old in [output, report] where FileManager.default.fileExists(atPath: old) {
      try FileManager.default.removeItem(atPath: old)
    }
    let name = model.split(separator: "/").last.map(String.init) ?? model
    let options = try TargetOptions(options).options(for: name)
    let made = try Model(at: model, options: options).fuse(to: output, reports: [report])
    let reason = made.check?.reason ?? ""
    switch made.check?.verdict {
    case .different: throw StepError("\(model): the fused model is different: \(reason)")
    case .notRun where !options.allowsUnproven:
      throw StepError(
        "\(model): the fused model is not proven: \(reason) (fuse-models.json can give inputShapes or data, or say allowUnproven)"
      )
    default: break
    }
    if options.isStrict, made.summary.declined > 0 {
      throw StepError("\(model): \(made.summary.declined) of \(made.summary.batchNorms) norms stay")
    }
  }
}
