import Equivalence

extension Digest {
  /// What a fusion, a plan or an inspection has to say.
  init(_ report: Report) {
    let summary = report.summary
    let isInspection = report.norms != nil
    let counted = "\(NumberText.count(summary.folded)) of \(NumberText.counted(summary.batchNorms, "norm", "norms"))"
    let headline = summary.batchNorms == 0 ? "No norms" : "\(counted) \(isInspection ? "fold" : "folded")"
    let stay =
      report.declined.isEmpty
      ? ""
      : "\(NumberText.count(summary.declined)) \(summary.declined == 1 ? "stays" : "stay"): \(Self.counts(of: report.declined))."
    tool = report.tool
    paths = [report.input.path] + (report.output.map { [$0.path] } ?? []).filter { !$0.isEmpty }
    declines = report.declined
    warnings = report.warnings
    isPlan = isInspection
    check = report.check
    folds = Self.folds(of: report)
    if let check = report.check {
      (status, self.headline, explanation) = Self.verdict(check)
      let work = check.verdict == .different ? "\(counted) would fold; nothing was written." : "\(headline)."
      account = stay.isEmpty ? work : "\(work) \(stay)"
    } else {
      (status, self.headline) = (.unchecked, headline)
      let work = isInspection ? "The model was looked at; nothing was written." : "The models were not run."
      explanation = stay.isEmpty ? work : "\(stay) \(work)"
    }
    facts = [
      Fact("norms", NumberText.count(summary.batchNorms)), Fact("folded", NumberText.count(summary.folded)),
      Fact("declined", NumberText.count(summary.declined)),
    ]
    if summary.affineFolded > 0 { facts.append(Fact("constants folded", NumberText.count(summary.affineFolded))) }
    if let output = report.output {
      facts.append(Fact("nodes", Self.change(report.input.nodes, output.nodes)))
      facts.append(Fact("bytes", Self.change(report.input.bytes, output.bytes)))
    } else {
      facts.append(Fact("nodes", NumberText.count(report.input.nodes)))
      facts.append(Fact("bytes", NumberText.count(report.input.bytes)))
    }
    facts += report.check.map { Self.facts(of: $0) } ?? []
    facts.append(Fact("seconds", NumberText.number(summary.secondsTotal)))
  }

  /// How many declines have each code, the most frequent first.
  private static func counts(of declines: [Report.Decline]) -> String {
    let counts = Dictionary(declines.map { ($0.code, 1) }, uniquingKeysWith: +)
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\(ShownText.shown($0.key)) \(NumberText.count($0.value))" }.joined(separator: ", ")
  }

  private static func change(_ old: Int, _ new: Int) -> String {
    old == new ? NumberText.count(old) : "\(NumberText.count(old)) → \(NumberText.count(new))"
  }

  /// The planned folds with what the check found of them; norms that one operator took in are one entry.
  private static func folds(of report: Report) -> [FoldEntry] {
    let certificates = report.check?.certification?.folds ?? []
    var places: [Place: Int] = [:]
    for (index, certificate) in certificates.enumerated() {
      for norm in certificate.norms { places[Place(certificate.graph, norm)] = index }
    }
    let drifts = report.check?.localDrifts ?? [:]
    let spreads = Dictionary(
      (report.norms ?? []).map { (Place($0.graph, $0.batchNorm), $0.rangeSpread) },
      uniquingKeysWith: { first, _ in first })
    var entries: [FoldEntry] = []
    var entryOfCertificate: [Int: Int] = [:]
    for fold in report.folds {
      var entry = FoldEntry(fold)
      let place = Place(fold.graph, fold.batchNorm)
      if let spread = spreads[place] ?? nil {
        (entry.spreadBefore, entry.spreadAfter) = (spread.before.unbounded, spread.after.unbounded)
      }
      if let index = places[place] {
        if let known = entryOfCertificate[index] {
          entries[known].norms += entry.norms
          entries[known].warnings += entry.warnings
          continue
        }
        entryOfCertificate[index] = entries.count
        entry.take(certificates[index], drifts[certificates[index].value])
      }
      entries.append(entry)
    }
    // Constants alone.
    for (index, certificate) in certificates.enumerated() where certificate.norms.isEmpty {
      var entry = FoldEntry(certificate)
      entry.take(certificates[index], drifts[certificate.value])
      entries.append(entry)
    }
    return entries
  }

  /// A value in its graph, whose path begins with a slash or not.
  private struct Place: Hashable {
    let graph: String
    let value: String

    init(_ graph: String, _ value: String) {
      self.graph = graph.hasPrefix("/") ? String(graph.dropFirst()) : graph
      self.value = value
    }
  }
}

extension CheckResult {
  /// What running each fold by itself showed, by the value that it makes.
  var localDrifts: [String: ValueDrift] {
    Dictionary(foldLocal.map { ($0.drift.name, $0.drift) }, uniquingKeysWith: { first, _ in first })
  }
}
