import BatchNormFusion
import FoundationEssentials

/// Tells as build warnings which norms of a model stay, and whatever else its report warns of.
struct TellStep {
  let model: String
  let report: String
  let stamp: String

  func run() throws {
    let written = try Data(contentsOf: URL(filePath: report))
    // A model that is bundled as it is has nothing to tell, not even this.
    if !written.isEmpty { tell(try JSONDecoder().decode(Report.self, from: written)) }
    // Whoever reads this file has to run again.
    try Data("\(ContinuousClock.now)".utf8).write(to: URL(filePath: stamp))
  }

  private func tell(_ read: Report) {
    for decline in read.declined {
      let norm = decline.node.isEmpty ? decline.batchNorm : decline.node
      warn("norm '\(norm)' stays: \(decline.code): \(decline.reason)")
    }
    for warning in read.warnings {
      warn("\(warning.node.isEmpty ? "" : "norm '\(warning.node)': ")\(warning.code): \(warning.text)")
    }
    if read.check?.verdict == .notRun { warn("not proven: \(read.check?.reason ?? "")") }
  }

  private func warn(_ text: String) {
    StandardError.write(ShownText.shown("warning: \(model): \(text)") + "\n")
  }
}
