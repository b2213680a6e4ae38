import Testing

@testable import BatchNormFusion

@Suite struct GlobTests {
  @Test(arguments: [
    ("bn1", "bn1"), ("", ""), ("*", ""), ("*", "anything/at all"), ("bn*", "bn"), ("bn*", "bn12"), ("*bn", "a/bn"),
    ("*/bn*", "layer1/bn_2"), ("a*b*c", "aXbYbZc"), ("**", "x"), ("?", "é"), ("b?1", "bn1"), ("[ab]", "b"),
    ("layer[1-3].*", "layer2.bn"), ("[!a]", "b"), ("[a-cx-z]", "y"), ("[]]", "]"), ("[]a]", "a"), ("[a-]", "-"),
    ("[-a]", "-"), ("[", "["), ("[a", "[a"), ("a[b", "a[b"), ("*[0-9]", "bn12"), ("bn?*", "bn1"), ("🙂*", "🙂é"),
    ("a\\*", "a\\b"),
  ])
  func `matches`(pattern: String, text: String) {
    #expect(Glob(pattern).matches(text))
  }

  @Test(arguments: [
    ("bn1", "bn"), ("bn", "bn1"), ("", "a"), ("?", ""), ("b?1", "b1"), ("*bn", "bn1"), ("[ab]", "c"), ("[ab]", ""),
    ("[!a]", "a"), ("layer[1-3].*", "layer4.bn"), ("a*b*c", "aXbYcZ"), ("[a", "a"), ("BN", "bn"), ("[]]", "["),
    ("[a-c]", "-"), ("??", "a"), ("*a", "b"),
  ])
  func `does not match`(pattern: String, text: String) {
    #expect(!Glob(pattern).matches(text))
  }

  /// Many stars before a text that does not fit: no more steps than pattern times text.
  @Test func `ends soon on patterns that are made to take long`() {
    let pattern = String(repeating: "*a", count: 50) + "b"
    #expect(!Glob(pattern).matches(String(repeating: "a", count: 2000)))
  }
}
