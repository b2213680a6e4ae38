import Testing

@testable import ProtobufIO

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct OutputFileTests {
  private let folder = TemporaryFolder()

  @Test func `appears when it is committed and not before`() throws {
    let file = try OutputFile(path: folder.path("out"), expectedSize: 3)
    try file.write([1, 2, 3])
    #expect(folder.bytes("out") == nil)
    try file.commit()
    #expect(folder.bytes("out") == [1, 2, 3])
    #expect(folder.names == ["out"])
    #expect(file.size == 3)
  }

  @Test func `replaces what is there at once`() throws {
    folder.write("old", to: "out")
    let file = try OutputFile(path: folder.path("out"), expectedSize: 3)
    try file.write(Array("new".utf8))
    #expect(folder.text("out") == "old")
    try file.commit()
    #expect(folder.text("out") == "new")
    #expect(folder.names == ["out"])
  }

  @Test func `leaves nothing behind when it is abandoned`() throws {
    folder.write("old", to: "kept")
    do {
      let file = try OutputFile(path: folder.path("out"), expectedSize: 1 << 20)
      try file.write(Array(repeating: 1, count: 1 << 20))
      let other = try OutputFile(path: folder.path("kept"), expectedSize: 1)
      try other.write([1])
    }
    #expect(folder.names == ["kept"])
    #expect(folder.text("kept") == "old")
  }

  @Test(arguments: [0, 1, 1 << 18 - 1, 1 << 18, 1 << 18 + 1, 1 << 20])
  func `writes every byte in order, however they come`(piece: Int) throws {
    let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 8) }
    let file = try OutputFile(path: folder.path("out"), expectedSize: bytes.count)
    try file.write(Array(bytes.prefix(5)))
    var start = 5
    while start < bytes.count {
      let end = min(start + max(piece, 1000), bytes.count)
      try file.write(Array(bytes[start..<end]))
      start = end
    }
    #expect(file.size == bytes.count)
    try file.commit()
    #expect(folder.bytes("out") == bytes)
  }

  @Test func `may be committed under another name`() throws {
    let file = try OutputFile(path: folder.path("out"), expectedSize: 1)
    try file.write([1])
    try file.commit(as: "other")
    #expect(folder.names == ["other"])
  }

  @Test func `a second commit changes nothing`() throws {
    let file = try OutputFile(path: folder.path("out"), expectedSize: 1)
    try file.write([1])
    try file.commit()
    folder.write([2], to: "out")
    try file.commit()
    #expect(folder.bytes("out") == [2])
  }

  @Test(arguments: [0o640, 0o600, 0o755, 0o666] as [mode_t])
  func `keeps the mode of the file that it replaces`(mode: mode_t) throws {
    let path = folder.write("old", to: "out")
    #expect(unsafe chmod(path.description, mode) == 0)
    let file = try OutputFile(path: path, expectedSize: 0)
    try file.commit()
    #expect(try self.mode(of: path) == mode)
  }

  @Test(arguments: [0o4755, 0o2755, 0o6755, 0o1644] as [mode_t])
  func `does not pass on the right to run as somebody else`(mode: mode_t) throws {
    let path = folder.write("old", to: "out")
    #expect(unsafe chmod(path.description, mode) == 0)
    try OutputFile.write("new", to: path)
    #expect(try self.mode(of: path) == mode & 0o777)
  }

  @Test func `a link is replaced and what it leads to stays`() throws {
    folder.write("old", to: "there")
    folder.link("out", to: "there")
    try OutputFile.write("new", to: folder.path("out"))
    #expect(folder.text("out") == "new")
    #expect(folder.text("there") == "old")
  }

  @Test(arguments: [1, 200, 255])
  func `a name may be as long as the file system takes it`(length: Int) throws {
    let name = String(repeating: "n", count: length)
    try OutputFile.write("old", to: folder.path(name))
    try OutputFile.write("new", to: folder.path(name))
    #expect(folder.names == [name])
    #expect(folder.text(name) == "new")
  }

  @Test func `a name that is longer cannot be written`() {
    let path = folder.path(String(repeating: "n", count: 256))
    #expect(throws: ModelFileError(.unwritable, path: path, "the name is too long")) {
      try OutputFile.write("new", to: path)
    }
    #expect(folder.names == [])
  }

  @Test func `what is written after a folder was renamed appears in that folder`() throws {
    let file = try OutputFile(path: folder.make("before").appending("out"), expectedSize: 1)
    try file.write([1])
    #expect(unsafe rename(folder.path("before").description, folder.path("after").description) == 0)
    try file.commit()
    #expect(folder.names == ["after"])
    #expect(folder.bytes("after/out") == [1])
  }

  @Test func `a new file has the mode that the user's mask leaves`() throws {
    let path = folder.path("out")
    try OutputFile.write("x", to: path)
    let plain = folder.write("x", to: "plain")
    #expect(try mode(of: path) == (try mode(of: plain)))
  }

  @Test func `another hard link keeps the old contents`() throws {
    let path = folder.write("old", to: "out")
    #expect(unsafe link(path.description, folder.path("second").description) == 0)
    try OutputFile.write("new", to: path)
    #expect(folder.text("out") == "new")
    #expect(folder.text("second") == "old")
  }

  @Test func `writes to a device directly`() throws {
    let file = try OutputFile(path: "/dev/null", expectedSize: 3)
    try file.write([1, 2, 3])
    try file.commit()
    var status = stat()
    #expect(unsafe stat("/dev/null", &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func `a full device cannot be written`() throws {
    let error = ModelFileError(.unwritable, path: "/dev/full", "no space left on the device")
    #expect(throws: error) { try OutputFile.write("x", to: "/dev/full") }
  }

  @Test func `a folder cannot be written`() {
    #expect(throws: ModelFileError(.unwritable, path: folder.path, "is a folder")) {
      try OutputFile(path: folder.path, expectedSize: 0)
    }
  }

  @Test func `a folder that is not there cannot be written to`() {
    let path = folder.path("missing/out")
    #expect(throws: ModelFileError(.unwritable, path: path, "no such file or folder")) {
      try OutputFile(path: path, expectedSize: 0)
    }
    #expect(folder.names == [])
  }

  @Test func `a file is no folder to write to`() {
    folder.write("x", to: "file")
    let path = folder.path("file/out")
    #expect(throws: ModelFileError(.unwritable, path: path, "a part of the path is not a folder")) {
      try OutputFile(path: path, expectedSize: 0)
    }
  }

  @Test(arguments: ["", "a/", "/"])
  func `a path that ends in no name cannot be written`(path: FilePath) {
    #expect(throws: ModelFileError(.unwritable, path: path, "names no file")) {
      try OutputFile(path: path, expectedSize: 0)
    }
  }

  @Test func `a target that has become a folder is left alone and nothing else is left`() throws {
    let path = folder.path("out")
    let file = try OutputFile(path: path, expectedSize: 1)
    try file.write([1])
    folder.make("out")
    #expect(throws: ModelFileError.self) { try file.commit() }
    withExtendedLifetime(file) {}
    #expect(folder.names.contains("out"))
  }

  @Test func `writes a whole text`() throws {
    try OutputFile.write("größe\n", to: folder.path("out"))
    #expect(folder.text("out") == "größe\n")
  }

  @Test(arguments: [0, 1, 3_000_000])
  func `copies a whole file and says how far it is`(size: Int) throws {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 1000) }
    let source = try folder.source(bytes)
    var written: [Int] = []
    let file = try OutputFile(path: folder.path("out"), expectedSize: size)
    try file.write(contentsOf: source, through: ChunkBuffer()) { done, _ in written.append(done) }
    try file.commit()
    #expect(folder.bytes("out") == bytes)
    #expect(written.last ?? 0 == size)
  }

  private func mode(of path: FilePath) throws -> mode_t {
    var status = stat()
    try #require(unsafe stat(path.description, &status) == 0)
    return status.st_mode & 0o7777
  }
}
