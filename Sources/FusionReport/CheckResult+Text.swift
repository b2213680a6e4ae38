import Equivalence

extension CheckResult {
  /// The verdict, a line for each layer of proof, the worst folds and the outputs.
  ///
  /// - Parameter isVerbose: Whether every fold, every value and every node that was not executed is listed.
  func lines(verbose isVerbose: Bool) -> [String] {
    var lines = ["\(verdict.rawValue)\(scope == .foldLocal ? " (fold by fold)" : "")\(reason.map { ": \($0)" } ?? "")"]
    lines += certification.map { $0.lines(verbose: isVerbose) } ?? []
    if let unrounded, unrounded.values > 0 { lines.append("exact parameters: \(unrounded.text)") }
    if let worst = foldLocal.map(\.drift).max(by: { $0.order < $1.order }) {
      let seeded = foldLocal.count { $0.activations == .seeded }
      let source = seeded == 0 ? "" : ", \(seeded) of them on made-up activations"
      lines.append("fold by fold: \(foldLocal.count) folds\(source), \(worst.text)")
    }
    if let worst = drifts.max(by: { $0.order < $1.order }) {
      let constant = drifts.count { $0.isConstant }
      lines.append(
        "end to end: \(drifts.count) values\(constant > 0 ? ", \(constant) of them constant" : ""), \(worst.text)")
    }
    lines.append("\(executed) of \(nodes) nodes executed")
    for node in notExecuted where isVerbose || !node.isConsequence {
      lines.append(
        "  not executed: \(ShownText.name(node.operator)) '\(node.node.isEmpty ? node.output : node.node)': \(node.reason)"
      )
    }
    lines += worstFolds(isVerbose ? .max : 3)
    if isVerbose { lines += drifts.map { "  \($0.text)" } }
    for run in runs {
      lines.append(run.inputs)
      for output in run.outputs { lines.append("  \(output.text)") }
    }
    return lines + accuracy.map(\.text)
  }

  /// The folds that take the largest shares of what is allowed.
  private func worstFolds(_ count: Int) -> [String] {
    guard let certification else { return [] }
    let drifts = Dictionary(foldLocal.map { ($0.drift.name, $0.drift) }, uniquingKeysWith: { first, _ in first })
    let sorted = certification.folds.enumerated().sorted { first, second in
      func order(_ fold: FoldCertificate) -> Double { drifts[fold.value]?.order ?? 0 }
      return (order(second.element), first.offset) < (order(first.element), second.offset)
    }
    return sorted.prefix(count).map { _, fold in
      let drift = drifts[fold.value].map { ", \($0.shareText)" } ?? ""
      return "  fold '\(fold.value)': \(fold.text)\(drift)"
    }
  }
}

extension Certification {
  fileprivate func lines(verbose isVerbose: Bool) -> [String] {
    var parts: [String] = []
    if !folds.isEmpty {
      let weights = folds.map(\.weight)
      let biases = folds.compactMap(\.bias)
      parts.append("\(folds.count) folds, weights within \(Self.largest(weights)) ulp")
      for unit in ["ulp", "steps"] {
        let own = biases.filter { $0.unit == unit }
        if !own.isEmpty { parts.append("biases within \(Self.largest(own)) \(unit)") }
      }
      let beyond = (weights + biases).map(\.beyondOne).reduce(0, +)
      if beyond > 0 {
        parts.append("\(beyond) elements beyond 1 \(biases.contains { $0.unit != "ulp" } ? "ulp or step" : "ulp")")
      }
    }
    parts.append(
      changes.isEmpty
        ? "\(sameNodes) other nodes are the same" : "\(changes.count) other nodes or values are changed")
    let shown = isVerbose ? changes : Array(changes.prefix(3))
    return ["stored numbers: \(parts.joined(separator: ", "))"]
      + shown.map { "  '\($0.name)'\($0.graph.isEmpty ? "" : " in \(ShownText.name($0.graph))"): \($0.text)" }
  }

  private static func largest(_ distances: [StoredDistance]) -> String {
    distances.contains { $0.maxUlp == nil } ? "infinitely many" : "\(Float(distances.compactMap(\.maxUlp).max() ?? 0))"
  }
}

extension FoldCertificate {
  fileprivate var text: String {
    let stored = [weight] + (bias.map { [$0] } ?? [])
    let distances = stored.map { "'\($0.tensor)' \($0.maxUlp.map { "\(Float($0))" } ?? "infinitely many") \($0.unit)" }
    return "\(ShownText.name(self.operator)), \(channels) channels, \(distances.joined(separator: ", "))"
  }
}

extension UnroundedAgreement {
  fileprivate var text: String {
    "\(values) values agree to \(worst.map { "\(Float($0))" } ?? "no part") of their range"
  }
}

extension ClassAccuracy {
  fileprivate var text: String {
    "'\(output)' in \(precision == .own ? "its own precision" : precision.rawValue): the original is right on \(originalRight) of \(samples) samples, the candidate on \(candidateRight); both choose the same on \(agree)"
  }
}

extension ValueDrift {
  fileprivate var order: Double { difference == nil ? share ?? .infinity : .infinity }

  fileprivate var shareText: String {
    difference ?? "\(share.map { "\(Float($0))" } ?? "more than all") of what is allowed"
  }

  /// One line: how far the value drifts, and what is allowed.
  fileprivate var text: String {
    let title = "'\(name)' \(type)[\(shape.map(String.init).joined(separator: "×"))]"
    if let difference { return "\(title): \(difference)" }
    return
      "\(title) takes \(shareText) (RMS \(Float(own)), \(Float(float64)) in float64; the original's own \(Float(yardstick)))"
  }
}

extension Deviation {
  /// One line: what differs and how far.
  fileprivate var text: String {
    let sizes = shape.map(String.init).joined(separator: "×")
    let title =
      "\(ShownText.name(name)) \(type)[\(sizes)] in \(precision == .own ? "its own precision" : precision.rawValue)"
    if let difference { return "\(title): \(difference)" }
    let distance =
      switch (maxAbsoluteError, rootMeanSquareError) {
      case (0?, _): "the same"
      case (let largest?, let mean?):
        "off by \(Float(largest)) at most\(range > 0 ? ", \(Float(largest / range)) of its range" : ""), RMS \(Float(mean))"
      default: "not finite where expected, or finite where not"
      }
    var notes: [String] = []
    if mismatches > 0 { notes.append("\(mismatches) of \(elements) elements beyond the tolerance") }
    if differentNaN > 0 { notes.append("\(differentNaN) NaN in one alone, the first at \(firstDifferentNaN ?? 0)") }
    if isConstant { notes.append("a constant, which shows nothing") }
    if isSaturated { notes.append("saturated: \(Float(shareAtEnds * 100)) % of it is at the ends of its range") }
    return "\(title): \(([distance] + notes).joined(separator: "; "))"
  }
}
