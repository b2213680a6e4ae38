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
      Self.prepare(for: number)
      let folder = try OutputFolder(FilePath(path))
      let names = [try TemporaryName(in: folder, mode: 0o600), try TemporaryName(in: folder, mode: 0o600)]
      try names[0].rename(to: "kept")
      withExtendedLifetime(names) {
        kill(getpid(), number)
        sleep(10)
      }
    }
    #expect(folder.names == ["kept"])
  }

  @Test func `wait until what is held back for is done`() async throws {
    let path = folder.path.description
    await #expect(processExitsWith: .signal(SIGTERM)) { [path = path as String] in
      Self.prepare(for: SIGTERM)
      EndingSignals.held {
        EndingSignals.held { _ = kill(getpid(), SIGTERM) }
        usleep(100_000)
        _ = unsafe mkdir(path + "/done", 0o700)
      }
      sleep(10)
    }
    #expect(folder.names == ["done"])
  }

  @Test func `wait for another thread too`() async throws {
    let path = folder.path.description
    await #expect(processExitsWith: .signal(SIGTERM)) { [path = path as String] in
      Self.prepare(for: SIGTERM)
      let isHeld = DispatchSemaphore(value: 0)
      DispatchQueue.global().async {
        EndingSignals.held {
          isHeld.signal()
          usleep(100_000)
          _ = unsafe mkdir(path + "/done", 0o700)
        }
      }
      isHeld.wait()
      kill(getpid(), SIGTERM)
      sleep(10)
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

  /// Whatever the tests were started to ignore.
  private static func prepare(for number: Int32) {
    signal(number, SIG_DFL)
    EndingSignals.prepareProgram()
  }
}
