import Testing

@testable import FusionReport

@Suite struct MarkdownTableTests {
  private func table(_ rows: Int) -> MarkdownTable {
    MarkdownTable(
      title: "t", columns: [.init("a"), .init("b", isNumber: true), .init("c")],
      rows: (0..<rows).map { ["r\($0)", "1", ""] })
  }

  @Test func `columns of which no row has anything are left out`() {
    #expect(table(1).drawn == "**t**\n\n| a | b |\n| --- | --: |\n| r0 | 1 |\n")
  }

  @Test func `nothing comes of no rows`() {
    #expect(table(0).drawn == "")
  }

  @Test func `a long table is folded away, and a very long one is cut`() {
    #expect(table(12).drawn.hasPrefix("**t**"))
    #expect(table(13).drawn.hasPrefix("<details><summary>t</summary>\n\n| a |"))
    let long = table(1300).drawn
    #expect(long.contains("| r199 | 1 |\n\n… and 1,100 more, in the JSON and HTML forms.\n\n</details>\n"))
    #expect(!long.contains("r200"))
  }
}
