import Equivalence
import Testing

@testable import FusionReport

@Suite struct DigestTests {
  @Test func `a report without a check says what was done`() {
    let digest = Digest(Report.example())
    #expect(digest.status == .unchecked && digest.headline == "2 of 4 norms folded")
    #expect(digest.explanation == "2 stay: activation-shared 1, training-mode 1. The models were not run.")
    #expect(digest.subject == "a/m.onnx → out.onnx")
    #expect(digest.facts.map(\.name) == ["norms", "folded", "declined", "nodes", "bytes", "seconds"])
    #expect(digest.facts.map(\.value) == ["4", "2", "2", "9 → 7", "1,000 → 900", "1.05"])
  }

  @Test func `a report with a check says the verdict first`() throws {
    var report = Report.example()
    report.check = try .example()
    let digest = Digest(report)
    #expect(digest.status == .equivalent && digest.headline == "Equivalent")
    #expect(digest.account == "2 of 4 norms folded. 2 stay: activation-shared 1, training-mode 1.")
  }

  @Test func `a fusion that is different was not written`() throws {
    var report = Report.example()
    report.check = try .example()
    report.check?.verdict = .different
    report.declined = []
    #expect(Digest(report).account == "2 of 4 norms would fold; nothing was written.")
  }

  @Test func `an inspection and a model without norms have headlines of their own`() {
    var report = Report.example()
    report.norms = []
    #expect(Digest(report).headline == "2 of 4 norms fold")
    report.summary.batchNorms = 0
    #expect(Digest(report).headline == "No norms")
  }

  @Test(arguments: [
    (CheckResult.Verdict.different, "Different", Digest.Status.different), (.notRun, "Not run", .notRun),
  ])
  func `another verdict has its reason as a sentence`(
    verdict: CheckResult.Verdict, headline: String, status: Digest.Status
  ) throws {
    var report = try CheckReport.example()
    report.check.verdict = verdict
    report.check.reason = "value 'y' is off"
    let digest = Digest(report)
    #expect(digest.status == status && digest.headline == headline && digest.explanation == "Value 'y' is off.")
  }

  @Test func `what a check found of a fold joins what was planned`() throws {
    var report = Report.example()
    report.check = try .example()
    let folds = Digest(report).folds
    #expect(folds.map(\.title) == ["bn", "z"])
    #expect(folds[0].through == ["Identity", "Dropout"] && folds[0].scales?.greatest == 4)
    #expect(folds[0].spreadBefore == 2 && folds[0].spreadAfter == 8 && folds[0].drift?.name == "y")
    #expect(folds[1].scales == nil && folds[1].drift == nil)
  }

  @Test func `norms that one operator took in are one fold`() throws {
    var report = Report.example()
    report.check = try .example()
    var second = report.folds[0]
    (second.node, second.batchNorm, second.warnings) = ("bn2", "y2", [])
    report.folds.insert(second, at: 1)
    report.check?.certification?.folds[0].norms = ["y", "y2"]
    #expect(Digest(report).folds.map(\.title) == ["bn, bn2", "z"])
  }

  @Test func `the folds of a check are those that were recovered`() throws {
    let digest = Digest(try CheckReport.example())
    #expect(digest.folds.map(\.title) == ["y"] && digest.folds[0].operators == ["Conv conv"])
    #expect(!digest.folds[0].isBeyondLimit)
  }
}
