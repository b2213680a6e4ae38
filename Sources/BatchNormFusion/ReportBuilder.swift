import BatchNormFolding
import FusionReport
import ONNXFormat
import ProtobufIO
import Tensors

/// Puts a plan and what became of it into the report's words.
struct ReportBuilder {
  /// Above this the smallest channel's largest weight is less than one step of an 8-bit scale for all channels.
  static let rangeSpreadLimit = 128.0

  private let graph: FoldGraph
  private let modelWarnings: [FoldWarning]
  private let plan: MeasuredPlan

  init(_ reading: ModelReading, _ plan: MeasuredPlan) {
    graph = reading.graph
    modelWarnings = reading.warnings
    self.plan = plan
  }

  func report(input: Report.Input, output: Report.Output?, edits: ModelEdits) -> Report {
    var report = base(input: input, output: output)
    for outcome in plan.plan.outcomes {
      let names = names(of: outcome.norm)
      var warnings = outcome.warnings
      switch outcome.result {
      case .declined(let reason):
        report.declined.append(
          Report.Decline(
            batchNorm: names.output, node: names.node, graph: names.graph, code: reason.code.text, reason: reason.text))
      case .moved(let move):
        warnings += move.folds.flatMap { self.warnings(ofFold: $0, edits) }
        if move.direction == .merged { report.summary.merged += 1 }
        report.folds.append(
          Report.Fold(
            batchNorm: names.output, node: names.node, graph: names.graph,
            into: targets(of: move, edits) + stored(outcome.norm, edits),
            direction: move.direction.rawValue, through: move.through.map { graph[$0].kind },
            channels: graph[outcome.norm].normalization.flatMap(channels) ?? 0, certificate: certificate(of: move),
            warnings: warnings.map(\.code.text)))
      }
      report.warnings += warnings.map { Report.Warning($0, names.node.isEmpty ? names.output : names.node) }
    }
    report.summary.folded -= report.summary.merged
    addConstants(edits, to: &report)
    report.warnings = Self.gathered(report.warnings)
    report.renamed = edits.renamings.map {
      Report.Renaming(old: $0.old, new: $0.new, scale: $0.scale, shift: $0.shift)
    }
    return report
  }

  /// The warnings with one of each weight that was copied: it says how often, and thousands may share it.
  private static func gathered(_ warnings: [Report.Warning]) -> [Report.Warning] {
    var weights: Set<String> = []
    return warnings.filter { $0.code != FoldWarning.Code.weightDuplicated.text || weights.insert($0.text).inserted }
  }

  private func addConstants(_ edits: ModelEdits, to report: inout Report) {
    for (id, move) in plan.plan.constants {
      let names = names(of: id)
      report.affineFolds.append(
        Report.AffineFold(
          operator: graph[id].kind, node: names.node, output: names.output, graph: names.graph,
          into: targets(of: move, edits)))
    }
    report.summary.affineFolded = report.affineFolds.count
    for (index, fold) in plan.plan.folds.enumerated() where fold.norms.isEmpty {
      // A fold with norms says so of the norms.
      let name = graph[fold.linear].name
      let place = name.isEmpty ? graph[fold.linear].outputs.first.map { graph[$0].name } ?? "" : name
      report.warnings += warnings(ofFold: index, edits).map { Report.Warning($0, place) }
    }
  }

  /// The worst of all operators that a move went into.
  private func certificate(of move: FoldPlan.Move) -> Report.Certificate? {
    guard let measurements = plan.measurements else { return nil }
    guard !move.folds.isEmpty else { return .exact }
    let parts = move.folds.map { Report.Certificate(measurements[$0].error) }
    return parts.dropFirst().reduce(parts.first) { $0?.worse(of: $1) }
  }

  private func targets(of move: FoldPlan.Move, _ edits: ModelEdits) -> [Report.Target] {
    if let twin = move.twin {
      let output = edits.outputName(of: twin) ?? names(of: twin).output
      return [Report.Target(operator: graph[twin].kind, node: graph[twin].name, output: output, role: .both)]
    }
    return move.folds.flatMap { targets(of: plan.plan.folds[$0], edits) }
  }

  /// The constant in a norm's place.
  private func stored(_ norm: OperatorID, _ edits: ModelEdits) -> [Report.Target] {
    guard edits.isStored(norm) else { return [] }
    return [Report.Target(operator: "Constant", node: "", output: names(of: norm).output, role: .weight)]
  }

  private func warnings(ofFold index: Int, _ edits: ModelEdits) -> [FoldWarning] {
    let subnormals = plan.measurements?[index].error.newSubnormals ?? 0
    guard subnormals > 0 else { return edits.warnings(ofFold: index) }
    return edits.warnings(ofFold: index) + [
      FoldWarning(.subnormalWeights, "\(subnormals) weights become subnormal, which some hardware takes as 0")
    ]
  }

  /// Adds every norm with its surroundings to the report of a plan.
  func inspected(_ planned: Report) -> Report {
    var report = planned
    report.output = nil
    report.norms = plan.plan.outcomes.compactMap { outcome in
      guard let norm = graph[outcome.norm].normalization else { return nil }
      let names = names(of: outcome.norm)
      var listed = Report.Norm(
        batchNorm: names.output, node: names.node, graph: names.graph, mode: norm.mode.rawValue,
        channels: channels(of: norm), epsilon: norm.epsilon.isFinite ? norm.epsilon : nil,
        fedBy: feeder(of: outcome.norm), folds: true, code: nil,
        reason: nil, rangeSpread: nil, warnings: outcome.warnings.map(\.code.text))
      switch outcome.result {
      case .declined(let reason):
        listed.folds = false
        listed.code = reason.code.text
        listed.reason = reason.text
      case .moved(let move):
        listed.rangeSpread = move.folds.first.flatMap(rangeSpread)
        if let after = listed.rangeSpread?.after, after > Self.rangeSpreadLimit {
          let warning = FoldWarning(
            .rangeSpread,
            "after the fold the widest channel's weights are \(Float(after)) times the narrowest's, above \(Int(Self.rangeSpreadLimit))"
          )
          listed.warnings.append(warning.code.text)
          report.warnings.append(Report.Warning(warning, names.node.isEmpty ? names.output : names.node))
        }
      }
      return listed
    }
    return report
  }

  private func base(input: Report.Input, output: Report.Output?) -> Report {
    let declined = plan.declinedCount
    return Report(
      tool: Report.Tool(name: "bnfuse", version: Version.text), input: input, output: output,
      summary: Report.Summary(
        batchNorms: input.batchNorms, folded: input.batchNorms - declined, declined: declined, secondsTotal: 0),
      folds: [], declined: [], renamed: [],
      warnings: modelWarnings.map { Report.Warning($0, "") }, norms: nil)
  }

  private func names(of id: OperatorID) -> (output: String, node: String, graph: String) {
    let norm = graph[id]
    return (norm.outputs.first.map { graph[$0].name } ?? "", norm.name, norm.graphPath)
  }

  private func targets(of fold: Fold, _ edits: ModelEdits) -> [Report.Target] {
    let linear = graph[fold.linear]
    let own = edits.outputName(of: fold.linear) ?? linear.outputs.first.map { graph[$0].name } ?? ""
    let isOwnBias = fold.bias?.holder == .linear
    let role: Report.Target.Role = isOwnBias ? fold.scalesWeight ? .both : .bias : .weight
    var targets = [Report.Target(operator: linear.kind, node: linear.name, output: own, role: role)]
    let output = edits.biasedOutputName(of: fold.linear) ?? own
    switch fold.bias?.holder {
    case .addition(let id):
      targets.append(Report.Target(operator: graph[id].kind, node: graph[id].name, output: output, role: .bias))
    case .inserted:
      targets.append(Report.Target(operator: "Add", node: "", output: output, role: .bias))
    case .linear, nil: break
    }
    return targets
  }

  private func channels(of norm: Normalization) -> Int? {
    guard case .constant(let gamma) = norm.gamma else { return nil }
    return graph[gamma].elementCount
  }

  private func feeder(of id: OperatorID) -> String {
    guard let input = graph[id].inputs.first else { return "nothing" }
    guard let producer = graph[input].producer else { return "graph input '\(graph[input].name)'" }
    return graph[producer].name.isEmpty ? graph[producer].kind : "\(graph[producer].kind) '\(graph[producer].name)'"
  }

  private func rangeSpread(ofFold index: Int) -> Report.RangeSpread? {
    guard let magnitudes = plan.measurements?[index].magnitudes else { return nil }
    let arithmetic = plan.plan.folds[index].arithmetic
    let before = (0..<arithmetic.affine.channels).map { magnitudes[$0] }
    let after = before.indices.map { before[$0] * abs(arithmetic.affine.scale(ofChannel: $0).hi) }
    guard let first = Self.spread(before), let second = Self.spread(after) else { return nil }
    return Report.RangeSpread(before: first, after: second)
  }

  /// The largest over the smallest of the ranges that are not 0; nil where all are.
  private static func spread(_ ranges: [Double]) -> Double? {
    let nonzero = ranges.filter { $0 > 0 && $0.isFinite }
    guard let largest = nonzero.max(), let smallest = nonzero.min() else { return nil }
    let ratio = largest / smallest
    return ratio.isFinite ? ratio : .greatestFiniteMagnitude
  }
}

extension Report.Warning {
  /// The code of a warning that comes when the model is in place: its old data file stays, and why.
  package static let keptDataFile = "data-file-kept"

  init(_ warning: FoldWarning, _ node: String) {
    self.init(code: warning.code.text, node: node, text: warning.text)
  }
}

extension Report.Certificate {
  /// The larger of each number.
  fileprivate func worse(of other: Self) -> Self {
    Self(
      maxWeightUlp: max(maxWeightUlp, other.maxWeightUlp), maxBiasUlp: max(maxBiasUlp, other.maxBiasUlp),
      maxBiasSteps: [maxBiasSteps, other.maxBiasSteps].compactMap(\.self).max(),
      outputBound: OutputBound(
        perUnitInput: max(outputBound.perUnitInput, other.outputBound.perUnitInput),
        constant: max(outputBound.constant, other.outputBound.constant)))
  }

  /// Of what changes no number.
  fileprivate static let exact = Self(
    maxWeightUlp: 0, maxBiasUlp: 0, outputBound: OutputBound(perUnitInput: 0, constant: 0))

  init(_ error: FoldError) {
    // JSON has no infinity; a bound that large says as much.
    func finite(_ value: Double) -> Double { value.isFinite ? value : .greatestFiniteMagnitude }
    let bound = error.outputBound
    self.init(
      maxWeightUlp: finite(error.maxWeightUlp), maxBiasUlp: finite(error.maxBiasUlp),
      maxBiasSteps: error.maxBiasSteps.map(finite),
      outputBound: OutputBound(perUnitInput: finite(bound.perUnitInput), constant: finite(bound.constant)))
  }
}
