import Testing

@testable import ProtobufIO

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct DistinctFilesTests {
  private let folder = TemporaryFolder()

  @Test func `files of their own are distinct`() throws {
    let (model, output) = (folder.write("m", to: "m"), folder.write("o", to: "o"))
    try DistinctFiles.check(read: [model, "-"], written: [output, folder.path("new"), "-"])
  }

  @Test(arguments: ["m", "./m", "sub/../m", "link", "chain", "hard", "way/m"])
  func `a file that is read is not written, by any name`(name: String) throws {
    let model = folder.write("m", to: "m")
    try prepare(target: "m")
    #expect(unsafe link(model.description, folder.path("hard").description) == 0)
    let error = ModelFileError(.unwritable, path: folder.path(name), "is the same file as '\(model)'")
    #expect(throws: error) { try DistinctFiles.check(read: [model], written: [folder.path(name)]) }
    #expect(throws: ModelFileError.self) { try DistinctFiles.check(read: [folder.path(name)], written: [model]) }
  }

  @Test(arguments: ["m", "./m", "sub/../m", "link", "chain", "way/m"])
  func `a file that is not there yet is written once, by any name`(name: String) throws {
    try prepare(target: "m")
    #expect(throws: ModelFileError.self) {
      try DistinctFiles.check(read: [], written: [folder.path("m"), folder.path(name)])
    }
    #expect(throws: ModelFileError.self) {
      try DistinctFiles.check(read: [], written: [folder.path(name), folder.path("m")])
    }
  }

  @Test func `devices and pipes take any number of outputs`() throws {
    #expect(unsafe mkfifo(folder.path("pipe").description, 0o600) == 0)
    let pipe = folder.path("pipe")
    try DistinctFiles.check(read: ["/dev/null"], written: ["/dev/null", "/dev/null", pipe, pipe])
  }

  @Test func `a ring of links and a folder that is not there are no file`() throws {
    folder.link("ring", to: "ring")
    try DistinctFiles.check(read: [folder.path("missing/m")], written: [folder.path("ring"), folder.path("missing/o")])
  }

  private func prepare(target: FilePath) throws {
    folder.make("sub")
    folder.link("link", to: target)
    folder.link("chain", to: folder.path("link"))
    folder.link("way", to: ".")
  }
}
