extension Report {
  /// What a person reads of an inspected model: a line for each norm, with what stands against folding it.
  public func inspectionText() -> String {
    let opsets = input.opsets.sorted { $0.key < $1.key }.map {
      "\($0.key.isEmpty ? "ai.onnx" : ShownText.name($0.key)) \($0.value)"
    }
    var lines = [
      "\(input.format), IR version \(input.irVersion), opset \(opsets.joined(separator: ", ")), \(input.nodes) nodes, \(input.bytes) bytes",
      "\(summary.batchNorms) norms: \(summary.folded) fold, \(summary.declined) do not",
    ]
    for norm in norms ?? [] {
      var parts = [norm.mode]
      if let channels = norm.channels { parts.append("\(channels) channels") }
      if let epsilon = norm.epsilon { parts.append("epsilon \(Float(epsilon))") }
      parts.append("after \(norm.fedBy)")
      if let spread = norm.rangeSpread {
        parts.append("range spread \(Self.short(spread.before)) → \(Self.short(spread.after))")
      }
      let verdict = norm.folds ? "folds" : "stays: \(norm.code ?? ""): \(norm.reason ?? "")"
      lines.append("'\(norm.node.isEmpty ? norm.batchNorm : norm.node)': \(parts.joined(separator: ", ")); \(verdict)")
    }
    for warning in warnings {
      lines.append("warning\(warning.node.isEmpty ? "" : " '\(warning.node)'"): \(warning.code): \(warning.text)")
    }
    return lines.map(ShownText.shown).joined(separator: "\n") + "\n"
  }

  private static func short(_ value: Double) -> String {
    value < 1e6 ? "\((value * 10).rounded() / 10)" : "\(Float(value))"
  }
}
