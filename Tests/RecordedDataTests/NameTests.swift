import ProtobufIO
import Testing

@testable import RecordedData

@Suite struct NameTests {
  @Test func `names are equal where their bytes are`() {
    #expect(Name("é") == Name(bytes: [0xC3, 0xA9]))
    // The same letter for people, and for Swift's strings, written as e and an accent.
    #expect("é" == "e\u{301}")
    #expect(Name("é") != Name("e\u{301}"))
    #expect(Set([Name("é"), Name("e\u{301}"), Name("é")]).count == 2)
  }

  @Test func `bytes that are no text have names of their own`() {
    let (a, b) = (Name(bytes: [0xFF]), Name(bytes: [0xFE]))
    #expect(a != b)
    #expect(a.description == "\u{FFFD}" && b.description == "\u{FFFD}")
  }

  @Test func `is text for people`() {
    #expect("\(Name("畳み込み/ß"))" == "畳み込み/ß")
    #expect(Name("").isEmpty && !Name(" ").isEmpty)
    let literal: Name = "Conv"
    #expect(literal == Name("Conv"))
  }
}
