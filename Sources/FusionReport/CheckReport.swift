public import Equivalence
internal import FoundationEssentials

/// What a check of one or two models found.
///
/// Its JSON form is a contract (`schemaVersion` 1; new keys do not raise it).
public struct CheckReport: Codable, Equatable, Sendable {
  /// A model that was run.
  public struct Model: Codable, Equatable, Sendable {
    public var path: String
    public var irVersion: Int
    /// The nodes of the main graph, without constants.
    public var nodes: Int

    public init(path: String, irVersion: Int, nodes: Int) {
      self.path = path
      self.irVersion = irVersion
      self.nodes = nodes
    }
  }

  public var schemaVersion = 1
  public var tool: Report.Tool
  public var original: Model
  /// nil where one model was compared with recorded outputs.
  public var candidate: Model?
  public var check: CheckResult

  public init(tool: Report.Tool, original: Model, candidate: Model?, check: CheckResult) {
    self.tool = tool
    self.original = original
    self.candidate = candidate
    self.check = check
  }
}

extension CheckReport {
  /// The report as JSON with sorted keys, ending in a newline.
  ///
  /// - Throws: What encoding throws; a report holds finite numbers only.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// The report for people: the verdict, then a line for each output.
  ///
  /// - Parameter isVerbose: Whether every value that was compared and every node that was not executed is listed.
  public func text(verbose isVerbose: Bool = false) -> String {
    check.lines(verbose: isVerbose).map(Report.printable).joined(separator: "\n") + "\n"
  }
}

extension CheckResult {
  /// The verdict, and what it rests on.
  func lines(verbose isVerbose: Bool) -> [String] {
    var lines = [verdict.rawValue + (reason.map { ": \($0)" } ?? "")]
    lines.append("\(executed) of \(nodes) nodes executed")
    for node in notExecuted where isVerbose || !node.isConsequence {
      lines.append("  not executed: \(node.operator) '\(node.node.isEmpty ? node.output : node.node)': \(node.reason)")
    }
    if let worst = drifts.max(by: { $0.order < $1.order }) {
      lines.append("\(drifts.count) values compared, \(worst.text)")
      let constant = drifts.count { $0.isConstant }
      if constant > 0 { lines.append("  \(constant) of them are constant on these inputs") }
      if isVerbose { lines += drifts.map { "  \($0.text)" } }
    }
    for run in runs {
      lines.append(run.inputs)
      for output in run.outputs { lines.append("  \(output.text)") }
    }
    return lines
  }
}

extension ValueDrift {
  fileprivate var order: Double { difference == nil ? share ?? .infinity : .infinity }

  /// One line: how far the value drifts, and what is allowed.
  fileprivate var text: String {
    let title = "'\(name)' \(type)[\(shape.map(String.init).joined(separator: "×"))]"
    if let difference { return "\(title): \(difference)" }
    let amount = share.map { "\(Float($0))" } ?? "more than all"
    return
      "\(title) takes \(amount) of what is allowed (RMS \(Float(own)), \(Float(float64)) in float64; the original's own \(Float(yardstick)))"
  }
}

extension Deviation {
  /// One line: what differs and how far.
  fileprivate var text: String {
    let sizes = shape.map(String.init).joined(separator: "×")
    let title = "\(name) \(type)[\(sizes)] in \(precision == .own ? "its own precision" : precision.rawValue)"
    if let difference { return "\(title): \(difference)" }
    let distance =
      switch (maxAbsoluteError, rootMeanSquareError) {
      case (0?, _): "the same"
      case (let largest?, let mean?):
        "off by \(Float(largest)) at most\(range > 0 ? ", \(Float(largest / range)) of its range" : ""), RMS \(Float(mean))"
      default: "not finite where expected, or finite where not"
      }
    return
      "\(title): \(distance)\(mismatches > 0 ? "; \(mismatches) of \(elements) elements beyond the tolerance" : "")"
  }
}
