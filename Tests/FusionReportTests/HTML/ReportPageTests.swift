import Equivalence
import Testing

@testable import FusionReport

@Suite struct ReportPageTests {
  private func headings(_ page: String) -> [String] {
    page.matches(of: /<h2>([^<]*)<\/h2>/).map { String($0.output.1) }
  }

  @Test func `a report with a check has every part in order`() throws {
    var report = Report.example()
    report.check = try .example()
    let page = report.html()
    #expect(
      headings(page) == [
        "Warnings", "Drift along the depth", "Error of each fold", "Stored weights", "Scales", "Spread of the weights",
        "Folds", "Norms that stay",
      ])
    #expect(page.contains("<h1>Equivalent</h1>") && page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    #expect(page.ranges(of: "<svg ").count == 10, "each of five charts in two sizes")
  }

  @Test func `a report without a check shows what is known`() {
    let page = Report.example().html()
    #expect(headings(page) == ["Warnings", "Error of each fold", "Folds", "Norms that stay"])
    #expect(page.contains("What no output of the fold can be off by"))
  }

  @Test func `parts that there are not are left out`() throws {
    var report = Report.example()
    (report.folds, report.declined, report.warnings, report.output) = ([], [], [], nil)
    #expect(headings(report.html()) == [])
    var check = try CheckReport.example()
    check.candidate = nil
    check.check.certification = nil
    check.check.drifts = []
    check.check.foldLocal = []
    #expect(headings(check.html()) == [])
    check.check.drifts = [.example("y", depth: 0)]
    #expect(headings(check.html()) == ["Drift along the depth"])
    check.check.drifts[0].isConstant = true
    #expect(headings(check.html()) == ["Values"])
  }

  @Test func `what a fold by itself exceeds is marked`() throws {
    var report = try CheckReport.example()
    report.check.foldLocal[0].drift.share = nil
    report.check.foldLocal[0].drift.worstError = nil
    let page = report.html()
    #expect(page.contains("beyond what is allowed") && page.contains(">∞</text>"))
    #expect(page.contains("<tr class=\"beyond\">"))
  }

  @Test func `a value that is infinitely far off has a mark and no line`() throws {
    var report = try CheckReport.example()
    let before = report.html().ranges(of: "class=\"mark float64\"").count
    report.check.drifts[1].share = nil
    let page = report.html()
    // In each of two sizes a mark becomes another; that of the value behind it stays.
    #expect(page.ranges(of: "class=\"mark float64\"").count == before - 2)
    #expect(page.contains(">r</text>") && page.contains("<title>r: ∞ of what is allowed</title>"))
  }

  @Test func `an inspection shows the spread of what folds`() {
    var report = Report.example()
    report.norms = [
      Report.Norm(
        batchNorm: "y", node: "bn", graph: "/", mode: "inference", channels: 8, epsilon: 1e-5, fedBy: "Conv",
        folds: true, code: nil, reason: nil, rangeSpread: Report.RangeSpread(before: 2, after: 300), warnings: [])
    ]
    let page = report.html()
    #expect(headings(page).contains("Spread of the weights") && page.contains("2.00 → 300"))
    #expect(headings(page).contains("Norms that do not fold"))
  }

  @Test func `it loads nothing and runs nothing`() throws {
    let page = try CheckReport.example().html()
    #expect(page.contains("content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;;"))
    for word in ["<script", "http:", "https:", "url(", "@import", " src=", " href=", " style=", "javascript"] {
      #expect(!page.contains(word), "\(word)")
    }
  }

  @Test func `the same report is the same page`() throws {
    #expect(try CheckReport.example().html() == CheckReport.example().html())
    #expect(Report.example().html() == Report.example().html())
  }
}
