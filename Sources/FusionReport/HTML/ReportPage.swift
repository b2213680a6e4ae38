import Equivalence

/// A report as one page that needs nothing besides itself.
struct ReportPage {
  private let digest: Digest
  private let charts: PageCharts
  private let tables: PageTables

  init(_ digest: Digest) {
    self.digest = digest
    charts = PageCharts(digest: digest)
    tables = PageTables(digest: digest)
  }

  var html: String {
    let head = Markup.element(
      "head", [],
      .group([
        .element("meta", [("charset", "utf-8")]),
        .element(
          "meta",
          [
            ("http-equiv", "Content-Security-Policy"),
            ("content", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"),
          ]),
        .element("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")]),
        .element("meta", [("name", "color-scheme"), ("content", "light dark")]),
        .element("title", [], .text("\(digest.headline): \(digest.subject)")),
        .style(PageStyle.sheet),
      ]))
    let body = Markup.element(
      "body", [],
      .group([
        .element("main", [], .group([header, facts] + sections)),
        .element("footer", [], .text("\(digest.tool.name) \(digest.tool.version)")),
      ]))
    return Markup.document(.element("html", [("lang", "en")], .group([head, body])))
  }

  private var header: Markup {
    let kind =
      switch digest.status {
      case .equivalent: "equivalent"
      case .different: "different"
      case .notRun: "open"
      case .unchecked: "unchecked"
      }
    return .element(
      "header", [("class", kind)],
      .group([
        .element("h1", [], .text(digest.headline)), paragraph(digest.explanation), paragraph(digest.account),
        .element("p", [("class", "subject")], .text(digest.subject)),
      ]))
  }

  private func paragraph(_ text: String) -> Markup { text.isEmpty ? .empty : .element("p", [], .text(text)) }

  private var facts: Markup {
    .element(
      "dl", [("class", "facts")],
      .group(
        digest.facts.map { fact in
          .element(
            "div", [], .inline([.element("dt", [], .text(fact.name)), .element("dd", [], .text(fact.value))]))
        }))
  }

  private var sections: [Markup] {
    [
      section("Warnings", nil, [table(tables.warnings)]), section("Not executed", nil, [table(tables.notExecuted)]),
      section("Other changes", "What is neither the same in both models nor a fold.", [table(tables.changes)]),
      section("Outputs", nil, [table(tables.outputs)]), section("Accuracy", nil, [table(tables.accuracy)]),
      drift, foldErrors, histogram, scales, spreads,
      section(
        "Folds", digest.folds.isEmpty ? nil : "The numbers are those of the charts.", [table(tables.folds)]),
      section(
        digest.isPlan ? "Norms that do not fold" : "Norms that stay", nil,
        [table(tables.declines)]),
    ].filter { $0 != .empty }
  }

  private var drift: Markup {
    guard let chart = charts.drift else {
      return section("Values", nil, [table(tables.values)])
    }
    return section(
      "Drift along the depth",
      "How far each value is from the original in float64. Up to the dashed line is what the original’s own rounding costs.",
      [PageCharts.figure(chart.drawn), table(tables.values)])
  }

  /// How many folds the run of the whole model did not get to.
  private var seeded: String {
    let count = digest.check?.foldLocal.count { $0.activations == .seeded } ?? 0
    return count == 0 ? "" : "; these are made up for \(NumberText.counted(count, "fold", "folds"))"
  }

  private var foldErrors: Markup {
    guard let chart = charts.foldErrors else { return .empty }
    return section(
      "Error of each fold",
      charts.hasLocalErrors
        ? "Each fold by itself, on the same activations as the operators that it replaces\(seeded)."
        : "What no output of the fold can be off by, for an input of at most 1, besides a constant.",
      [PageCharts.figure(chart.drawn)])
  }

  private var histogram: Markup {
    guard let chart = charts.histogram, let counts = charts.ulpCounts else { return .empty }
    return section(
      "Stored weights",
      "How far each stored weight is from the exact fold, in units in the last place. Correct rounding costs half a unit at most.",
      [PageCharts.figure(chart.drawn), table(tables.ulps(counts))])
  }

  private var scales: Markup {
    guard let chart = charts.scales else { return .empty }
    return section(
      "Scales", "What the fold multiplied its channels by: from the least to the greatest magnitude.",
      [PageCharts.figure(chart.drawn)])
  }

  private var spreads: Markup {
    guard let chart = charts.spreads else { return .empty }
    return section(
      "Spread of the weights",
      "The largest channel’s weight magnitude over the smallest’s: what one scale for the whole tensor costs an 8-bit quantizer.",
      [PageCharts.figure(chart.drawn)])
  }

  private func table(_ table: PageTable) -> Markup { table.rows.isEmpty ? .empty : table.drawn }

  /// Nothing where none of the parts has anything.
  private func section(_ heading: String, _ text: String?, _ parts: [Markup]) -> Markup {
    let shown = parts.filter { $0 != .empty }
    guard !shown.isEmpty else { return .empty }
    let intro: [Markup] = text.map { [.element("p", [], .text($0))] } ?? []
    return .element("section", [], .group([.element("h2", [], .text(heading))] + intro + shown))
  }
}
