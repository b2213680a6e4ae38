import BatchNormFusion
import FoundationEssentials

/// Tells as build warnings which norms of a model stay, and whatever else its report warns of.
struct TellStep {
  let model: String
  let report: String
  let stamp: String

  func run() throws {
    let read = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(filePath: report)))
    for decline in read.declined {
      let norm = decline.node.isEmpty ? decline.batchNorm : decline.node
      warn("norm '\(norm)' stays: \(decline.code): \(decline.reason)")
    }
    for warning in read.warnings {
      warn("\(warning.node.isEmpty ? "" : "norm '\(warning.node)': ")\(warning.code): \(warning.text)")
    }
    if read.check?.verdict == .notRun { warn("not proven: \(read.check?.reason ?? "")") }
    // Whoever reads this file has to run again.
    try Data("\(ContinuousClock.now)".utf8).write(to: URL(filePath: stamp))
  }

  private func warn(_ text: String) {
    StandardStream.error.write(Report.printable("warning: \(model): \(text)") + "\n")
  }
}
