import Testing

@testable import FusionReport

@Suite struct PageTableTests {
  private func table(_ rows: Int) -> PageTable {
    PageTable(
      caption: "c", columns: [.init("a", .text), .init("b", .number), .init("empty", .text)],
      rows: (0..<rows).map { PageTable.Row(["<\($0)>", "1", ""], isBeyond: $0 == 1) })
  }

  @Test func `columns of which no row has anything are left out`() {
    let source = table(1).drawn.source
    #expect(source.contains("<th scope=\"col\" class=\"number\">b</th>") && !source.contains("empty"))
    #expect(source.contains("<td class=\"text\">&lt;0&gt;</td><td class=\"number\">1</td>"))
  }

  @Test func `a long table is shown when asked for`() {
    #expect(!table(20).drawn.source.contains("<details>"))
    #expect(table(21).drawn.source.hasPrefix("<details><summary>c</summary>"))
  }

  @Test func `a row that is beyond what is allowed stands out`() {
    #expect(table(3).drawn.source.ranges(of: "<tr class=\"beyond\">").count == 1)
  }
}
