import Testing

@testable import FusionReport

@Suite struct MarkdownTextTests {
  @Test(arguments: [
    ("plain text, 12.5 %", "plain text, 12.5 %"), ("a_b*c", "a\\_b\\*c"), ("<b>&amp;", "\\<b\\>\\&amp;"),
    ("[a](b)", "\\[a\\](b)"), ("a|b\\", "a\\|b\\\\"), ("a`b", "a\\`b"), ("a\nb", "a�b"), ("http://a.b", "http:\\//a.b"),
    ("www.a.b", "www\\.a.b"), ("a @b", "a @\u{200B}b"), ("- a", "- a"), ("1. a", "1. a"),
    ("a: b", "a: b"),
  ])
  func `prose means nothing but itself`(text: String, escaped: String) {
    #expect(MarkdownText.escaped(text) == escaped)
  }

  @Test(arguments: [
    ("- a", "\u{200B}- a"), ("1. a", "\u{200B}1. a"), ("12) a", "\u{200B}12) a"), ("1 a", "1 a"), ("a - b", "a - b"),
    ("    a", "\u{200B}    a"), ("# a", "\\# a"), ("=", "\u{200B}="), ("7", "7"), ("", ""),
  ])
  func `prose starts no list`(text: String, escaped: String) {
    #expect(MarkdownText.paragraph(text) == escaped)
  }

  @Test(arguments: [
    ("/a/b.c_1", "`/a/b.c_1`"), ("<b>", "`<b>`"), ("", ""), ("a`b", "<code>a&#96;b</code>"),
    ("a|b", "<code>a&#124;b</code>"), ("a\\", "<code>a&#92;</code>"), (" a", "<code>&#32;a</code>"), ("a\nb", "`a�b`"),
    ("é画🙂", "`é画🙂`"), ("`</code>é", "<code>&#96;&#60;&#47;code&#62;é</code>"),
  ])
  func `a name is code`(text: String, code: String) {
    #expect(MarkdownText.code(text) == code)
  }
}
