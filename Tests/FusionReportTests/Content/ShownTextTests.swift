import Testing

@testable import FusionReport

@Suite struct ShownTextTests {
  @Test(arguments: [199, 200, 201, 10_000])
  func `a name over 200 bytes loses its middle`(count: Int) {
    let name = String(repeating: "a", count: count / 2) + String(repeating: "b", count: count - count / 2)
    let shown = ShownText.name(name)
    let elided = String(repeating: "a", count: 98) + "…" + String(repeating: "b", count: 98)
    #expect(shown == (count > 200 ? elided : name))
    #expect(ShownText.shown("node '\(name)' stays") == "node '\(shown)' stays")
  }

  @Test func `every name of a sentence is shortened, and nothing else of it`() {
    let long = String(repeating: "n", count: 5000)
    let prose = String(repeating: "word ", count: 100)
    let shown = ShownText.shown("\(prose)'\(long)' and '\(long)': \(prose)")
    let short = ShownText.name(long)
    #expect(shown == "\(prose)'\(short)' and '\(short)': \(prose)")
  }

  @Test func `an apostrophe is no quote`() {
    let long = String(repeating: "n", count: 500)
    #expect(ShownText.shown("the model's value '\(long)'") == "the model's value '\(ShownText.name(long))'")
    #expect(ShownText.shown("the models' value: \(long)") == "the models' value: \(long)")
  }

  @Test(arguments: ["'", "' ", "a'b", "''''"])
  func `a name of quotes does not make a text of any length`(piece: String) {
    let name = String(repeating: piece, count: 100_000)
    #expect(ShownText.shown("node '\(name)' stays").utf8.count <= 2000)
  }

  @Test(arguments: ["a\u{301}", "é", "𝕏", "\u{10FFFF}"])
  func `what takes several bytes is shortened by its bytes and never cut`(piece: String) {
    let name = String(repeating: piece, count: 10_000)
    let shown = ShownText.name(name)
    #expect(shown.utf8.count <= 200 && shown.utf8.count > 180)
    #expect(!shown.unicodeScalars.contains("\u{FFFD}"))
  }

  @Test func `a name that is empty is another or none`() {
    #expect(ShownText.name("", or: "y") == "y")
    #expect(ShownText.name("") == "(no name)")
    #expect(ShownText.name("a\nb") == "a\u{FFFD}b")
  }
}
