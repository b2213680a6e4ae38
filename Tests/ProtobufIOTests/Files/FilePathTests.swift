import Testing

@testable import ProtobufIO

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FilePathTests {
  private let folder = TemporaryFolder()

  /// Every way of not being UTF-8, and the scalars that carry what is not.
  static let oddBytes: [[UInt8]] = [
    [0x80], [0xFF, 0x61, 0xFE], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
    Array("\u{10FC80}a\u{10FCFF}".utf8), Array("\u{10FC7F}\u{10FD00}\u{10FFFF}".utf8), Array("größe\n'\\x80".utf8), [],
    [0xF4, 0x8F, 0xB2], Array(1...255),
  ]

  @Test(arguments: oddBytes)
  func `bytes come back from the text that carries them`(bytes: [UInt8]) {
    let text = CarriedText.carrying(bytes)
    #expect(CarriedText.bytes(in: text) == bytes)
    #expect(text.utf8.contains("=".utf8.first ?? 0) == bytes.contains(UInt8(ascii: "=")))
  }

  @Test func `text carries itself`() {
    #expect(CarriedText.carrying(Array("models/größe.onnx".utf8)) == "models/größe.onnx")
  }

  @Test func `a carried text is repaired where it is no UTF-8`() {
    #expect(CarriedText.repaired(CarriedText.carrying([0x61, 0xE9, 0x62])) == "a\u{FFFD}b")
    #expect(CarriedText.repaired(CarriedText.carrying(Array("\u{10FC80}".utf8))) == "\u{10FC80}")
  }

  @Test func `different bytes are carried by different texts`() {
    #expect(Set(Self.oddBytes.map(CarriedText.carrying)).count == Self.oddBytes.count)
  }

  @Test(
    arguments: [
      ([0x61, 0xE9, 0x62], "a\\xE9b"), ([0x0F, 0x80], "\u{F}\\x80"), (Array("größe".utf8), "größe"),
      ([0xE2, 0x82], "\\xE2\\x82"),
    ] as [([UInt8], String)])
  func `shows what is no UTF-8 byte by byte`(bytes: [UInt8], text: String) {
    #expect(FilePath(bytes: bytes).description == text)
  }

  /// One accent in two spellings is two names.
  @Test func `is equal where the bytes are`() {
    #expect(FilePath("e\u{301}") != FilePath("é"))
    #expect(FilePath(bytes: Array("m".utf8)) == "m")
  }

  @Test(
    arguments: [([0xE9], "_"), ([0x61, 0xE9, 0xFF, 0x62], "a__b"), (Array("größe".utf8), "größe")]
      as [([UInt8], String)])
  func `a name in a model is text`(name: [UInt8], text: String) {
    #expect(FileName(FilePath(bytes: Array("\u{301}/".utf8) + name)).text == text)
  }

  @Test func `a file is written and read under its bytes`() throws {
    let path = folder.path.appending(FilePath(bytes: [0x61, 0xE9, 0xFF]))
    try OutputFile.write("x", to: path)
    let source = try FileSource.data(at: path)
    #expect(source.size == 1)
    #expect(try source.resolvedPath() == path)
    #expect(FileSource.isFolder(path) == false)
    #expect(throws: ModelFileError.self) { try FileSource.data(at: FilePath(path.description)) }
    #expect(try OutputFolder(folder.path).entry(FileName(path).name)?.isRegular == true)
    try OutputFolder(folder.path).remove(FileName(path).name)
    #expect(folder.names == [])
  }

  @Test func `a name with a NUL is no other file's`() throws {
    folder.write("x", to: "a")
    let path = folder.path("a\0b")
    #expect(throws: ModelFileError.self) { try FileSource.data(at: path) }
    #expect(throws: ModelFileError.self) { try OutputFile.write("y", to: path) }
    try OutputFolder(folder.path).remove("a\0b")
    #expect(folder.text("a") == "x")
  }
}
