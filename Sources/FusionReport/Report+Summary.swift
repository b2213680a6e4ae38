extension Report {
  /// The summary that a person reads: a short table, then a line for each norm that stays.
  ///
  /// - Parameter verbose: Also a line for each fold and each warning.
  public func summaryText(verbose: Bool = false) -> String {
    var rows: [(String, String)] = [
      ("norms", "\(summary.batchNorms)"), ("folded", "\(summary.folded)"),
      ("declined", declineCounts()),
    ]
    if summary.merged > 0 { rows.insert(("merged", "\(summary.merged)"), at: 2) }
    if summary.affineFolded > 0 { rows.append(("constants", "\(summary.affineFolded) folded")) }
    if let output {
      rows.append(("nodes", "\(input.nodes) → \(output.nodes)"))
      rows.append(("bytes", "\(input.bytes) → \(output.bytes)"))
    }
    rows.append(("seconds", Self.rounded(summary.secondsTotal)))
    let width = rows.map(\.0.count).max() ?? 0
    var lines = (check?.lines(verbose: verbose) ?? []).map { ShownText.shown("check: \($0)") }
    lines += rows.map { name, value in
      ShownText.shown(name + String(repeating: " ", count: width + 2 - name.count) + value)
    }
    lines += declined.map { decline in
      "declined \(Self.label(decline.node, decline.batchNorm)): \(decline.code): \(decline.reason)"
    }.map(ShownText.shown)
    if verbose {
      lines += folds.map { fold in
        "\(fold.direction == "merged" ? "merged" : "folded") \(Self.label(fold.node, fold.batchNorm)): "
          + "\(fold.channels) channels \(Self.way(of: fold))into " + Self.names(of: fold.into)
          + (fold.through.isEmpty ? "" : " through " + fold.through.map { ShownText.name($0) }.joined(separator: ", "))
      }.map(ShownText.shown)
      lines += affineFolds.map { fold in
        "folded \(ShownText.name(fold.operator)) \(Self.label(fold.node, fold.output)) into "
          + Self.names(of: fold.into)
      }.map(ShownText.shown)
    }
    lines += warnings.map { warning in
      "warning\(warning.node.isEmpty ? "" : " '\(warning.node)'"): \(warning.code): \(warning.text)"
    }.map(ShownText.shown)
    return lines.joined(separator: "\n") + "\n"
  }

  private func declineCounts() -> String {
    guard summary.declined > 0 else { return "0" }
    let counts = Dictionary(declined.map { ($0.code, 1) }, uniquingKeysWith: +)
    let parts = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
    return "\(summary.declined) (\(parts.joined(separator: ", ")))"
  }

  private static func way(of fold: Fold) -> String {
    ["backward", "merged"].contains(fold.direction) ? "" : "\(fold.direction) "
  }

  private static func names(of targets: [Target]) -> String {
    targets.isEmpty
      ? "nothing, as nothing reads it"
      : targets.map { "\(ShownText.name($0.operator)) '\($0.node.isEmpty ? $0.output : $0.node)'" }.joined(
        separator: " and ")
  }

  private static func label(_ node: String, _ value: String) -> String {
    "'\(node.isEmpty ? value : node)'"
  }

  private static func rounded(_ seconds: Double) -> String {
    let thousandths = Int((seconds * 1000).rounded())
    let fraction = String(thousandths % 1000)
    return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }

  /// Text from a model without characters that a terminal acts on.
  public static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
          default: scalar
          }
        }))
  }
}
