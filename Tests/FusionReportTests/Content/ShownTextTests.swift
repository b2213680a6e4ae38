import Testing

@testable import FusionReport

@Suite struct ShownTextTests {
  @Test func `a long text loses its middle`() {
    let text = String(repeating: "a", count: 5000) + String(repeating: "b", count: 5000)
    let shown = ShownText.shown(text)
    #expect(shown == String(repeating: "a", count: 80) + "…" + String(repeating: "b", count: 80))
    #expect(ShownText.shown(String(repeating: "a", count: 160)).count == 160)
  }

  @Test func `a text of nothing but marks upon one letter is long too`() {
    #expect(ShownText.shown("a" + String(repeating: "\u{301}", count: 10_000)).unicodeScalars.count == 161)
  }

  @Test func `a name that is empty is another or none`() {
    #expect(ShownText.name("", or: "y") == "y")
    #expect(ShownText.name("") == "(no name)")
    #expect(ShownText.name("a\nb") == "a\u{FFFD}b")
  }
}
