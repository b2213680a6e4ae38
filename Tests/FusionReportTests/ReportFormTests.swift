import Testing

@testable import FusionReport

@Suite struct ReportFormTests {
  @Test(arguments: [("a.json", ReportForm.json), ("a/b.md", .markdown), ("a.json.html", .html)])
  func `the ending asks for the form`(path: String, form: ReportForm) {
    #expect(ReportForm(path: path) == form)
  }

  @Test(arguments: ["", "json", "a.HTML", "a.htm", "a.md.bak", "html"])
  func `another ending asks for none`(path: String) {
    #expect(ReportForm(path: path) == nil)
  }
}
