import Equivalence
import FoundationEssentials
import FusionReport

extension CheckResult {
  /// A check of a model with one fold, and of two values beside the fold's own.
  static func example() throws -> CheckResult {
    let counts = "[0, 40, 30, 20, 10, 0, 0, 0, 0, 0, 0]"
    let distance = """
      {"tensor": "w", "type": "float32", "elements": 100, "maxUlp": 0.499, "histogram": {"counts": \(counts)},
       "beyondOne": 0, "named": [], "beyondLimit": 0}
      """
    let fold = """
      {"value": "y", "graph": "", "operator": "Conv", "node": "conv", "norms": ["y"], "channels": 8,
       "weight": \(distance), "outputBound": {"perUnitInput": 2e-7, "constant": 1e-8},
       "scales": {"least": 0, "greatest": 4}, "rangesBefore": {"least": 0.5, "greatest": 1},
       "rangesAfter": {"least": 0.25, "greatest": 2}}
      """
    var result = CheckResult(tolerance: nil)
    (result.nodes, result.executed) = (9, 9)
    result.certification = try JSONDecoder().decode(
      Certification.self,
      from: Data(#"{"limit": 4, "sameNodes": 7, "changes": [], "folds": [\#(fold)]}"#.utf8))
    result.drifts = [.example("y", depth: 1), .example("r", depth: 2, own: 2e-7), .example("s", depth: 4, own: 0)]
    result.foldLocal = [FoldDrift(.run, .example("y", depth: 1))]
    return result
  }
}

extension CheckReport {
  /// The report of that check.
  static func example() throws -> CheckReport {
    CheckReport(
      tool: Report.Tool(name: "bnfuse", version: "1.2.3"), original: Model(path: "m.onnx", irVersion: 8, nodes: 9),
      candidate: Model(path: "f.onnx", irVersion: 8, nodes: 8), check: try .example())
  }
}

extension ValueDrift {
  /// A value that drifts about as far as its yardstick.
  static func example(_ name: String, depth: Int, own: Double = 1e-7) -> ValueDrift {
    var drift = ValueDrift(name: name, depth: depth, type: "float32", shape: [1, 8, 4, 4], channels: 8)
    (drift.range, drift.yardstick, drift.own, drift.float64) = (2, 1.2e-7, own, 3e-8)
    (drift.share, drift.worstError, drift.allowed) = (0.04, 1e-7, 2.5e-6)
    return drift
  }
}
