import Testing

@testable import ProtobufIO

@Suite struct TemporaryNameTests {
  private let temporary = TemporaryFolder()

  @Test func `exists until it is renamed or forgotten`() throws {
    let folder = try OutputFolder(temporary.path)
    let first = try TemporaryName(in: folder, mode: 0o600)
    do {
      let second = try TemporaryName(in: folder, mode: 0o600)
      #expect(temporary.names.count == 2)
      withExtendedLifetime(second) {}
    }
    #expect(temporary.names.count == 1)
    try first.rename(to: "out")
    #expect(temporary.names == ["out"])
  }

  @Test func `a rename that fails leaves nothing`() throws {
    let folder = try OutputFolder(temporary.path)
    temporary.make("out")
    do {
      let name = try TemporaryName(in: folder, mode: 0o600)
      #expect(throws: SystemError.self) { try name.rename(to: "out") }
    }
    #expect(temporary.names == ["out"])
  }

  @Test func `names are short and never alike`() {
    let names = Set((0..<1000).map { _ in TemporaryName.unused().description })
    #expect(names.count == 1000)
    #expect(names.allSatisfy { $0.utf8.count <= 29 && $0.hasPrefix(".bnfuse-") && $0.hasSuffix(".part") })
  }
}
