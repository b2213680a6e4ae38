import Testing

@testable import ProtobufIO

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FileSourceTests {
  private let folder = TemporaryFolder()

  @Test func `reads ranges of a file`() throws {
    let source = try folder.source(Array(0..<100))
    #expect(source.size == 100)
    #expect(source.path == folder.path("model"))
    #expect(try source.bytes(at: 10, count: 5) == [10, 11, 12, 13, 14])
    #expect(try source.bytes(at: 100, count: 0) == [])
    #expect(try source.bytes(at: 0, count: 100) == Array(0..<100))
  }

  @Test func `says where the file ends that was to hold more`() throws {
    let source = try folder.source(Array(0..<100))
    let error = ModelFileError(
      .unreadable, path: source.path, "changed while it was read: it ends at byte 100 but had 100 bytes when opened")
    #expect(throws: error) { try source.bytes(at: 98, count: 3) }
  }

  @Test func `goes on reading the file that it opened when another takes its name`() throws {
    let source = try folder.source([1, 2, 3])
    let output = try OutputFile(path: source.path, expectedSize: 1)
    try output.write([9])
    try output.commit()
    #expect(folder.bytes("model") == [9])
    #expect(try source.bytes(at: 0, count: 3) == [1, 2, 3])
  }

  @Test(arguments: [true, false])
  func `a file that is not there is unreadable`(isModel: Bool) {
    let path = folder.path("missing")
    #expect(throws: ModelFileError(.unreadable, path: path, "no such file or folder")) {
      try open(path, isModel: isModel)
    }
  }

  @Test(arguments: [true, false])
  func `a folder is unreadable`(isModel: Bool) {
    #expect(throws: ModelFileError(.unreadable, path: folder.path, "is a folder")) {
      try open(folder.path, isModel: isModel)
    }
  }

  @Test func `a path through a file is unreadable`() {
    folder.write([], to: "file")
    let path = folder.path("file/model")
    #expect(throws: ModelFileError(.unreadable, path: path, "a part of the path is not a folder")) {
      try open(path, isModel: true)
    }
  }

  @Test func `a ring of links is unreadable`() {
    folder.link("ring", to: folder.path("ring"))
    let path = folder.path("ring")
    #expect(throws: ModelFileError(.unreadable, path: path, "too many symbolic links")) {
      try open(path, isModel: true)
    }
  }

  @Test func `a name past what the system takes is unreadable`() {
    let path = folder.path(String(repeating: "x", count: 300))
    #expect(throws: ModelFileError(.unreadable, path: path, "the name is too long")) {
      try open(path, isModel: true)
    }
  }

  @Test func `a model holds at most what a protobuf message can`() throws {
    let path = folder.write(Array(repeating: 0, count: 11), to: "model")
    #expect(try FileSource.model(at: path, limit: 11).size == 11)
    #expect(
      throws: ModelFileError(
        .unsupported, path: path, "holds 11 bytes but a protobuf message holds at most 10")
    ) { try FileSource.model(at: path, limit: 10) }
  }

  @Test func `tensor data is not read from a pipe, nor waited for`() {
    let path = folder.path("pipe")
    #expect(unsafe mkfifo(path.description, 0o600) == 0)
    #expect(throws: ModelFileError(.unreadable, path: path, "is not a regular file")) {
      try FileSource.data(at: path)
    }
  }

  @Test func `tensor data is not read from a device`() {
    #expect(throws: ModelFileError(.unreadable, path: "/dev/zero", "is not a regular file")) {
      try FileSource.data(at: "/dev/zero")
    }
  }

  @Test func `an endless device is no model`() {
    #expect(
      throws: ModelFileError(
        .unsupported, path: "/dev/zero", "holds more than the 1000000 bytes of the largest protobuf message")
    ) { try FileSource.model(at: "/dev/zero", limit: 1_000_000) }
  }

  @Test func `an empty device is an empty model`() throws {
    #expect(try FileSource.model(at: "/dev/null", limit: 10).size == 0)
  }

  @Test func `knows the file behind links`() throws {
    let path = folder.write([1], to: "file")
    folder.link("link", to: path)
    let source = try FileSource.data(at: folder.path("link"))
    #expect(try source.resolvedPath() == path)
    #expect(source.path == folder.path("link"))
  }

  /// In a process of its own, whose standard input becomes a pipe.
  @Test func `takes a whole pipe as a model`() async {
    await #expect(processExitsWith: .success) {
      var ends: [Int32] = [0, 0]
      guard unsafe pipe(&ends) == 0 else { exit(2) }
      let bytes = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 / 256) }
      guard unsafe write(ends[1], bytes, bytes.count) == bytes.count else { exit(3) }
      close(ends[1])
      dup2(ends[0], 0)
      let source = try FileSource.model(at: "-", limit: 60_000)
      guard source.size == 60_000, try source.bytes(at: 0, count: 60_000) == bytes else { exit(4) }
      guard source.path == "-" else { exit(5) }
    }
  }

  private func open(_ path: FilePath, isModel: Bool) throws(ModelFileError) {
    _ = isModel ? try FileSource.model(at: path, limit: 1 << 20) : try FileSource.data(at: path)
  }
}
