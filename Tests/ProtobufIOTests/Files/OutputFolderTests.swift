import Testing

@testable import ProtobufIO

@Suite struct OutputFolderTests {
  private let temporary = TemporaryFolder()

  @Test func `tells what a name itself stands for`() throws {
    let folder = try OutputFolder(temporary.path)
    let source = try temporary.source([1], name: "file")
    temporary.link("link", to: "file")
    temporary.make("folder")
    #expect(folder.entry("file")?.isRegular == true)
    #expect(folder.entry("file")?.identity == source.identity)
    #expect(folder.entry("link")?.isLink == true)
    #expect(folder.entry("link")?.isRegular == false)
    #expect(folder.entry("folder")?.isRegular == false)
    #expect(folder.entry("nothing") == nil)
  }

  @Test func `removes a file, or nothing where there is none`() throws {
    let folder = try OutputFolder(temporary.path)
    temporary.write("x", to: "file")
    folder.remove("file")
    folder.remove("file")
    #expect(temporary.names == [])
  }

  @Test func `lists every name until it is told to stop`() throws {
    let folder = try OutputFolder(temporary.path)
    for index in 0..<20 { temporary.write("x", to: "\(index)") }
    var names: [FilePath] = []
    let isListed = folder.forEachName { name in
      names.append(name)
      return true
    }
    #expect(isListed)
    #expect(Set(names) == Set((0..<20).map { FilePath("\($0)") } + [".", ".."]))
    var count = 0
    _ = folder.forEachName { _ in
      count += 1
      return count < 3
    }
    #expect(count == 3)
  }

  @Test func `can be synced`() throws {
    try OutputFolder(temporary.path).sync(for: "out")
  }

  @Test func `a folder that is not there is an error`() {
    #expect(throws: SystemError.self) { try OutputFolder(temporary.path("missing")) }
  }
}
