import Equivalence

/// The tables of a page.
struct PageTables {
  /// How many rows are shown at once where nothing follows.
  private static let mostAtTheEnd = 100

  let digest: Digest

  private func number(_ value: Double?) -> String { value.map { NumberText.number($0) } ?? "" }

  /// Every fold.
  var folds: PageTable {
    let columns: [PageTable.Column] = [
      .init("#", .number), .init("norm", .name), .init("graph", .text), .init("into", .name),
      .init("through", .text, "what stood between the operator and the norm"), .init("channels", .number),
      .init(
        "weight ulp", .number, "largest distance of a stored weight from the exact one, in units in the last place"),
      .init("bias ulp", .number, "the same of a bias; one of integers is off by steps of their scale"),
      .init("error bound", .number, "of an output, per unit of input"),
      .init("of allowed", .number, "the share of what is allowed that the fold takes by itself"),
      .init("scales", .number, "the least and the greatest magnitude that a channel is multiplied by"),
      .init("spread", .number, "the largest channel's weight magnitude over the smallest's, before and after"),
      .init("warnings", .text),
    ]
    let showsGraph = Set(digest.folds.map(\.graph)).count > 1
    let rows = digest.folds.enumerated().map { index, fold in
      PageTable.Row(
        [
          NumberText.count(index + 1), fold.title, showsGraph ? ShownText.name(fold.graph, or: "/") : "",
          fold.operators.map(ShownText.shown).joined(separator: ", "),
          fold.through.map { ShownText.name($0) }.joined(separator: ", "), NumberText.count(fold.channels),
          ulps(fold.weight), ulps(fold.bias), number(fold.bound?.perUnitInput),
          fold.drift.map { NumberText.share($0.takenShare) } ?? "",
          fold.scales.map { "\(NumberText.number($0.least)) … \(NumberText.number($0.greatest))" } ?? "",
          fold.spreadBefore.flatMap { before in
            fold.spreadAfter.map { "\(NumberText.number(before)) → \(NumberText.number($0))" }
          } ?? "", fold.warnings.map(ShownText.shown).joined(separator: ", "),
        ], isBeyond: fold.isBeyondLimit)
    }
    return PageTable(
      caption: NumberText.counted(rows.count, "fold", "folds"), columns: columns, rows: rows,
      mostOpen: Self.mostAtTheEnd)
  }

  private func ulps(_ distance: FoldEntry.Distance?) -> String {
    guard let distance else { return "" }
    return distance.text
      + (distance.beyondLimit > 0 ? " (\(NumberText.count(distance.beyondLimit)) beyond)" : "")
  }

  /// Every norm that stays.
  var declines: PageTable {
    let showsGraph = Set(digest.declines.map(\.graph)).count > 1
    let rows = digest.declines.map { decline in
      PageTable.Row([
        ShownText.name(decline.node, or: decline.batchNorm), showsGraph ? ShownText.name(decline.graph, or: "/") : "",
        ShownText.shown(decline.code), ShownText.shown(decline.reason),
      ])
    }
    return PageTable(
      caption: NumberText.counted(rows.count, "norm stays", "norms stay"),
      columns: [.init("norm", .name), .init("graph", .text), .init("code", .short), .init("reason", .name)], rows: rows,
      mostOpen: Self.mostAtTheEnd)
  }

  /// Every warning.
  var warnings: PageTable {
    let rows = digest.warnings.map { warning in
      PageTable.Row([
        ShownText.shown(warning.code), warning.node.isEmpty ? "" : ShownText.name(warning.node),
        ShownText.shown(warning.text),
      ])
    }
    return PageTable(
      caption: NumberText.counted(rows.count, "warning", "warnings"),
      columns: [.init("code", .short), .init("norm", .name), .init("what", .name)], rows: rows)
  }

  /// Every output on every set of inputs.
  var outputs: PageTable {
    var rows: [PageTable.Row] = []
    for run in digest.check?.runs ?? [] {
      for output in run.outputs {
        let cells = [
          ShownText.name(output.name), ShownText.shown(run.inputs),
          output.precision == .own ? "own types" : output.precision.rawValue,
          ShownText.shown("\(output.type) \(NumberText.shape(output.shape))"), NumberText.number(output.range),
          NumberText.number(output.maxAbsoluteError ?? .infinity),
          NumberText.number(output.rootMeanSquareError ?? .infinity),
          number(output.signalToNoise),
          output.bestAgreement.map { NumberText.share($0) } ?? "",
          output.mismatches > 0 ? NumberText.count(output.mismatches) : "",
          output.difference.map(ShownText.shown) ?? "",
        ]
        rows.append(PageTable.Row(cells, isBeyond: isBeyond(output)))
      }
    }
    return PageTable(
      caption: NumberText.counted(rows.count, "output compared", "outputs compared"),
      columns: [
        .init("output", .name), .init("inputs", .short), .init("computed in", .short), .init("type", .short),
        .init("range", .number), .init("largest error", .number), .init("RMS error", .number),
        .init("SNR, dB", .number, "signal-to-noise ratio"),
        .init("same best class", .number), .init("beyond tolerance", .number), .init("difference", .text),
      ], rows: rows)
  }

  /// Without a tolerance only what has another shape or type decides.
  private func isBeyond(_ output: Deviation) -> Bool {
    digest.check?.tolerance == nil ? output.difference != nil : !output.isWithinTolerance
  }

  /// Every value that both models make.
  var values: PageTable {
    let rows = (digest.check?.drifts ?? []).map { drift in
      let title = ShownText.name(drift.name) + (drift.candidateName.map { " (candidate: \(ShownText.name($0)))" } ?? "")
      return PageTable.Row(
        [
          NumberText.count(drift.depth), title, ShownText.shown("\(drift.type) \(NumberText.shape(drift.shape))"),
          NumberText.number(drift.range), NumberText.number(drift.yardstick), NumberText.number(drift.own),
          NumberText.number(drift.float64), NumberText.share(drift.takenShare),
          drift.difference.map(ShownText.shown) ?? (drift.isConstant ? "constant on these inputs" : ""),
        ], isBeyond: !drift.isWithinLimit)
    }
    return PageTable(
      caption: NumberText.counted(rows.count, "value compared", "values compared"),
      columns: [
        .init("depth", .number), .init("value", .name), .init("type", .short), .init("range", .number),
        .init("original RMS", .number, "the yardstick: the original in its own types, against the original in float64"),
        .init("candidate RMS", .number, "in its own types"), .init("in float64", .number, "of the candidate"),
        .init("of allowed", .number), .init("note", .text),
      ], rows: rows, mostOpen: 0)
  }

  /// The ulp histogram in numbers.
  func ulps(_ counts: (weights: [Int], biases: [Int])) -> PageTable {
    let rows = counts.weights.indices.map { bin in
      PageTable.Row([
        PageCharts.binName(bin), NumberText.count(counts.weights[bin]), NumberText.count(counts.biases[bin]),
      ])
    }
    return PageTable(
      caption: "Weights and biases in numbers",
      columns: [.init("distance, ulp", .text), .init("weights", .number), .init("biases", .number)], rows: rows,
      mostOpen: 0)
  }

  /// What is neither the same in both models nor a fold.
  var changes: PageTable {
    let rows = (digest.check?.certification?.changes ?? []).map { change in
      PageTable.Row([ShownText.name(change.name), ShownText.name(change.graph, or: "/"), ShownText.shown(change.text)])
    }
    return PageTable(
      caption: NumberText.counted(rows.count, "other change", "other changes"),
      columns: [.init("value", .name), .init("graph", .text), .init("change", .name)], rows: rows)
  }

  /// Every node that could not be executed.
  var notExecuted: PageTable {
    let rows = (digest.check?.notExecuted ?? []).map { node in
      PageTable.Row([
        ShownText.name(node.node, or: node.output), ShownText.shown(node.operator), ShownText.shown(node.reason),
        node.isConsequence ? "lacks what another gives" : "",
      ])
    }
    return PageTable(
      caption: NumberText.counted(rows.count, "node not executed", "nodes not executed"),
      columns: [.init("node", .name), .init("operator", .text), .init("reason", .name), .init("note", .text)],
      rows: rows)
  }

  /// How often the models are right.
  var accuracy: PageTable {
    let rows = (digest.check?.accuracy ?? []).map { accuracy in
      PageTable.Row([
        ShownText.name(accuracy.output), accuracy.precision == .own ? "own types" : accuracy.precision.rawValue,
        NumberText.count(accuracy.samples), NumberText.count(accuracy.originalRight),
        NumberText.count(accuracy.candidateRight), NumberText.count(accuracy.agree),
      ])
    }
    return PageTable(
      caption: "Accuracy",
      columns: [
        .init("output", .name), .init("computed in", .short), .init("samples", .number),
        .init("original right", .number),
        .init("candidate right", .number), .init("both the same", .number),
      ], rows: rows)
  }
}
