import Testing

@testable import FusionReport

@Suite struct MarkupTests {
  @Test(arguments: [
    ("<script>", "&lt;script&gt;"), ("\"'&", "&quot;&#39;&amp;"), ("&lt;", "&amp;lt;"),
    ("a\nb\u{0}\u{1B}[0m", "a�b��[0m"),
    ("\u{202E}x\u{200B}\u{2028}", "�x��"), ("画像 é 🙂", "画像 é 🙂"),
  ])
  func `text is escaped in elements and attributes`(text: String, escaped: String) {
    #expect(HTMLText.escaped(text) == escaped)
    #expect(Markup.element("p", [("title", text)], .text(text)).source == "<p title=\"\(escaped)\">\(escaped)</p>")
  }

  @Test func `a name may break behind slashes and dots and nowhere else is changed`() {
    #expect(Markup.name("/a.b/<c").source == "/<wbr>a.<wbr>b/<wbr>&lt;c")
    #expect(Markup.name("abc").source == "abc" && Markup.name("a/").source == "a/<wbr>")
    #expect(Markup.name(String(repeating: "/", count: 1000)).source == String(repeating: "/", count: 1000))
  }

  @Test func `elements without content have no end`() {
    #expect(Markup.element("meta", [("charset", "utf-8")]).source == "<meta charset=\"utf-8\">")
    #expect(Markup.element("td").source == "<td></td>")
  }

  @Test func `nothing beside something leaves no trace`() {
    #expect(Markup.group([.empty, .text("a"), .empty, .text("b")]).source == "a\nb")
  }
}
