import Testing

@testable import ProtobufIO

@Suite struct FileNameTests {
  @Test(
    arguments: [
      ("m.onnx", ".", "m.onnx"), ("a/m.onnx", "a", "m.onnx"), ("/m.onnx", "/", "m.onnx"), ("/a/b/m", "/a/b", "m"),
      ("./m", ".", "m"), ("../m", "..", "m"), ("a/", "a", ""), ("", ".", ""), ("é/ß", "é", "ß"),
    ] as [(FilePath, FilePath, FilePath)])
  func `splits a path at its last slash`(path: FilePath, folder: FilePath, name: FilePath) {
    #expect(FileName(path).folder == folder)
    #expect(FileName(path).name == name)
  }

  @Test(arguments: [("m", "d"), ("a/m", "a/d"), ("/m", "/d"), ("/a/m", "/a/d")] as [(FilePath, FilePath)])
  func `names another file in the same folder`(path: FilePath, sibling: FilePath) {
    #expect(FileName(path).sibling("d") == sibling)
  }

  /// A slash and an accent behind it are one character for people, but two for a file system.
  @Test func `splits at a slash that an accent follows`() {
    let file = FileName("a/\u{301}m")
    #expect(file.folder.bytes == Array("a".utf8))
    #expect(file.name.bytes == Array("\u{301}m".utf8))
  }
}
