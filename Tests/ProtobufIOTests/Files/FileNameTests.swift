import Testing

@testable import ProtobufIO

@Suite struct FileNameTests {
  @Test(arguments: [
    ("m.onnx", ".", "m.onnx"), ("a/m.onnx", "a", "m.onnx"), ("/m.onnx", "/", "m.onnx"), ("/a/b/m", "/a/b", "m"),
    ("./m", ".", "m"), ("../m", "..", "m"), ("a/", "a", ""), ("", ".", ""), ("é/ß", "é", "ß"),
  ])
  func `splits a path at its last slash`(path: String, folder: String, name: String) {
    #expect(FileName(path).folder == folder)
    #expect(FileName(path).name == name)
  }

  @Test(arguments: [("m", "d"), ("a/m", "a/d"), ("/m", "/d"), ("/a/m", "/a/d")])
  func `names another file in the same folder`(path: String, sibling: String) {
    #expect(FileName(path).sibling("d") == sibling)
  }

  /// A slash and an accent behind it are one character for people, but two for a file system.
  @Test func `splits at a slash that an accent follows`() {
    let file = FileName("a/\u{301}m")
    #expect(Array(file.folder.utf8) == Array("a".utf8))
    #expect(Array(file.name.utf8) == Array("\u{301}m".utf8))
  }
}
