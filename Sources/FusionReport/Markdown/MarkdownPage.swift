import Equivalence

/// A report as a person pastes it into a merge request.
struct MarkdownPage {
  private let digest: Digest

  init(_ digest: Digest) { self.digest = digest }

  var text: String {
    let parts = [
      "### \(sign)\(digest.headline): \(digest.paths.map { Self.name($0) }.joined(separator: " → "))\n",
      MarkdownText.paragraph(digest.account.isEmpty ? digest.explanation : "\(digest.explanation) \(digest.account)")
        + "\n",
      facts, declines, warnings, changes, notExecuted, outputs, accuracy, values,
      folds, "<sub>\(MarkdownText.escaped("\(digest.tool.name) \(digest.tool.version)"))</sub>\n",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var sign: String {
    switch digest.status {
    case .equivalent: "✅ "
    case .different: "❌ "
    case .notRun: "⚠️ "
    case .unchecked: ""
    }
  }

  private static func name(_ name: String, or other: String = "") -> String {
    MarkdownText.code(ShownText.name(name, or: other))
  }

  private static func plain(_ text: String) -> String { MarkdownText.escaped(ShownText.shown(text)) }

  private var facts: String {
    let lines = digest.facts.map { "| \(MarkdownText.escaped($0.name)) | \(MarkdownText.escaped($0.value)) |" }
    return (["| | |", "|---|--:|"] + lines).joined(separator: "\n") + "\n"
  }

  private var declines: String {
    MarkdownTable(
      title: NumberText.counted(digest.declines.count, "norm stays", "norms stay"),
      columns: [.init("norm"), .init("code"), .init("reason")],
      rows: digest.declines.map {
        [Self.name($0.node, or: $0.batchNorm), MarkdownText.code(ShownText.shown($0.code)), Self.plain($0.reason)]
      }
    ).drawn
  }

  private var warnings: String {
    MarkdownTable(
      title: NumberText.counted(digest.warnings.count, "warning", "warnings"),
      columns: [.init("norm"), .init("code"), .init("what")],
      rows: digest.warnings.map {
        [$0.node.isEmpty ? "" : Self.name($0.node), MarkdownText.code(ShownText.shown($0.code)), Self.plain($0.text)]
      }
    ).drawn
  }

  private var changes: String {
    let changes = digest.check?.certification?.changes ?? []
    return MarkdownTable(
      title: NumberText.counted(changes.count, "other change", "other changes"),
      columns: [.init("value"), .init("change")], rows: changes.map { [Self.name($0.name), Self.plain($0.text)] }
    ).drawn
  }

  private var notExecuted: String {
    let nodes = (digest.check?.notExecuted ?? []).filter { !$0.isConsequence }
    return MarkdownTable(
      title: NumberText.counted(nodes.count, "node not executed", "nodes not executed"),
      columns: [.init("node"), .init("operator"), .init("reason")],
      rows: nodes.map { [Self.name($0.node, or: $0.output), Self.name($0.operator), Self.plain($0.reason)] }
    ).drawn
  }

  private var outputs: String {
    var rows: [[String]] = []
    for run in digest.check?.runs ?? [] {
      for output in run.outputs {
        rows.append([
          Self.name(output.name), Self.plain(run.inputs),
          output.precision == .own ? "own types" : output.precision.rawValue,
          NumberText.number(output.range), NumberText.number(output.maxAbsoluteError ?? .infinity),
          output.mismatches > 0 ? NumberText.count(output.mismatches) : "", output.difference.map(Self.plain) ?? "",
        ])
      }
    }
    return MarkdownTable(
      title: "Outputs",
      columns: [
        .init("output"), .init("inputs"), .init("computed in"), .init("range", isNumber: true),
        .init("largest error", isNumber: true), .init("beyond tolerance", isNumber: true), .init("difference"),
      ], rows: rows
    ).drawn
  }

  private var accuracy: String {
    MarkdownTable(
      title: "Accuracy",
      columns: [
        .init("output"), .init("computed in"), .init("samples", isNumber: true),
        .init("original right", isNumber: true),
        .init("candidate right", isNumber: true), .init("both the same", isNumber: true),
      ],
      rows: (digest.check?.accuracy ?? []).map {
        [
          Self.name($0.output), $0.precision == .own ? "own types" : $0.precision.rawValue,
          NumberText.count($0.samples),
          NumberText.count($0.originalRight), NumberText.count($0.candidateRight), NumberText.count($0.agree),
        ]
      }
    ).drawn
  }

  /// What is beyond what is allowed; else the values nearest to that.
  private var values: String {
    let drifts = digest.check?.drifts ?? []
    let beyond = drifts.filter { !$0.isWithinLimit }
    let shown = beyond.isEmpty ? Array(Self.nearest(drifts).prefix(5)) : beyond
    return MarkdownTable(
      title: beyond.isEmpty
        ? "Values that take most of what is allowed"
        : NumberText.counted(beyond.count, "value", "values") + " beyond what is allowed",
      columns: [
        .init("depth", isNumber: true), .init("value"), .init("of allowed", isNumber: true), .init("difference"),
      ],
      rows: shown.map {
        [
          NumberText.count($0.depth), Self.name($0.name), NumberText.share($0.takenShare),
          $0.difference.map(Self.plain) ?? "",
        ]
      }, isClosed: beyond.isEmpty, most: 20
    ).drawn
  }

  /// The largest share first; of the same shares the first by depth.
  private static func nearest(_ drifts: [ValueDrift]) -> [ValueDrift] {
    drifts.enumerated().sorted { ($1.element.takenShare, $0.offset) < ($0.element.takenShare, $1.offset) }.map(
      \.element)
  }

  private var folds: String {
    MarkdownTable(
      title: NumberText.counted(digest.folds.count, "fold", "folds"),
      columns: [
        .init("#", isNumber: true), .init("norm"), .init("into"), .init("channels", isNumber: true),
        .init("weight ulp", isNumber: true), .init("bias ulp", isNumber: true), .init("of allowed", isNumber: true),
        .init("spread"),
      ],
      rows: digest.folds.enumerated().map { index, fold in
        [
          NumberText.count(index + 1), fold.norms.map { Self.name($0) }.joined(separator: ", "),
          fold.operators.map { Self.name($0) }.joined(separator: ", "), NumberText.count(fold.channels),
          fold.weight?.text ?? "", fold.bias?.text ?? "",
          fold.drift.map { NumberText.share($0.takenShare) } ?? "",
          fold.spreadBefore.flatMap { before in
            fold.spreadAfter.map { "\(NumberText.number(before)) → \(NumberText.number($0))" }
          } ?? "",
        ]
      }, isClosed: true
    ).drawn
  }
}
