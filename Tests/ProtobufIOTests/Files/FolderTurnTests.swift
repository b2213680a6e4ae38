import Dispatch
import Testing

@testable import ProtobufIO

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FolderTurnTests {
  private let temporary = TemporaryFolder()

  @Test func `a second writer waits until the first is done`() throws {
    let folder = try OutputFolder(temporary.path)
    var first: FolderTurn? = FolderTurn(in: folder)
    #expect(first?.isOurs == true)
    #expect(!FolderTurn(in: folder, patience: .milliseconds(20)).isOurs)
    first = nil
    #expect(FolderTurn(in: folder, patience: .zero).isOurs)
    #expect(temporary.names == [])
  }

  @Test func `writers of different folders do not wait for each other`() throws {
    let other = TemporaryFolder()
    let first = FolderTurn(in: try OutputFolder(temporary.path))
    #expect(FolderTurn(in: try OutputFolder(other.path), patience: .zero).isOurs)
    withExtendedLifetime(first) {}
  }

  @Test func `a turn that is given back meanwhile is taken`() async throws {
    let folder = try OutputFolder(temporary.path)
    let path = temporary.path
    let taken = DispatchSemaphore(value: 0)
    let thread = Task.detached {
      let first = FolderTurn(in: try OutputFolder(path))
      taken.signal()
      usleep(50_000)
      withExtendedLifetime(first) {}
    }
    taken.wait()
    #expect(FolderTurn(in: folder).isOurs)
    try await thread.value
  }
}
