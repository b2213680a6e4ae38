import Equivalence

extension Digest {
  /// What a check has to say.
  init(_ report: CheckReport) {
    let check = report.check
    let drifts = check.localDrifts
    tool = report.tool
    paths = [report.original.path] + (report.candidate.map { [$0.path] } ?? [])
    folds = (check.certification?.folds ?? []).map { certificate in
      var entry = FoldEntry(certificate)
      entry.drift = drifts[certificate.value]
      return entry
    }
    declines = []
    warnings = []
    isPlan = false
    self.check = check
    (status, headline, explanation) = Self.verdict(check)
    facts = []
    if let certification = check.certification {
      facts.append(Fact("folds", NumberText.count(certification.folds.count)))
      facts.append(Fact("nodes the same", NumberText.count(certification.sameNodes)))
    }
    if let candidate = report.candidate {
      facts.append(Fact("nodes", "\(NumberText.count(report.original.nodes)) → \(NumberText.count(candidate.nodes))"))
    }
    facts += Self.facts(of: check)
  }
}
