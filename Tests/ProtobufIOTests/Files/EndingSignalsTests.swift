import Dispatch
import Testing

@testable import ProtobufIO

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Each in a process of its own, which the signal ends.
@Suite struct EndingSignalsTests {
  private let folder = TemporaryFolder()

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGXCPU])
  func `remove the names of files that are being written and end the program`(number: Int32) async throws {
    let path = folder.path.description
    await #expect(processExitsWith: .signal(number)) { [path = path as String, number = number as Int32] in
      EndingSignals.prepareProgram()
      let folder = try OutputFolder(FilePath(path))
      let names = [try TemporaryName(in: folder, mode: 0o600), try TemporaryName(in: folder, mode: 0o600)]
      try names[0].rename(to: "kept")
      withExtendedLifetime(names) { _ = raise(number) }
    }
    #expect(folder.names == ["kept"])
  }

  @Test func `wait until what is held back for is done`() async throws {
    let path = folder.path.description
    await #expect(processExitsWith: .signal(SIGTERM)) { [path = path as String] in
      EndingSignals.prepareProgram()
      EndingSignals.held {
        EndingSignals.held { _ = raise(SIGTERM) }
        _ = unsafe mkdir(path + "/done", 0o700)
      }
    }
    #expect(folder.names == ["done"])
  }

  @Test func `wait for another thread too`() async throws {
    let path = folder.path.description
    await #expect(processExitsWith: .signal(SIGTERM)) { [path = path as String] in
      EndingSignals.prepareProgram()
      let isHeld = DispatchSemaphore(value: 0)
      DispatchQueue.global().async {
        EndingSignals.held {
          isHeld.signal()
          usleep(100_000)
          _ = unsafe mkdir(path + "/done", 0o700)
        }
      }
      isHeld.wait()
      raise(SIGTERM)
    }
    #expect(folder.names == ["done"])
  }

  @Test func `have their own meaning in a program that only uses the library`() async throws {
    let path = folder.path.description
    await #expect(processExitsWith: .success) { [path = path as String] in
      var before = sigaction()
      _ = unsafe sigaction(SIGTERM, nil, &before)
      try OutputFile.write("x", to: FilePath(path + "/out"))
      var after = sigaction()
      _ = unsafe sigaction(SIGTERM, nil, &after)
      let hasHandler = unsafe (
        before.__sigaction_handler.sa_handler != nil, after.__sigaction_handler.sa_handler != nil
      )
      precondition(!hasHandler.0 && !hasHandler.1, "nobody may have installed a handler")
    }
  }
}
