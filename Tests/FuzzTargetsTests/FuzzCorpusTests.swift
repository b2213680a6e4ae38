import FoundationEssentials
import ProtobufIO
import ProtobufIOTests
import Testing

@testable import FuzzTargets

/// Replays what fuzzing found worth keeping, without a sanitizer.
struct FuzzCorpusTests {
  @Test(arguments: FuzzTarget.allCases)
  func `each input of the corpus is read or refused`(target: FuzzTarget) throws {
    let inputs = try Self.corpus(of: target)
    #expect(inputs.count >= 10)
    let folder = TemporaryFolder()
    let surroundings = try FuzzSurroundings(for: target, at: folder.path("work").description)
    for input in inputs {
      do {
        try surroundings.run(try #require(fileBytes(FilePath(input))))
      } catch let failure where failure is BrokenPromise || failure is SystemFailure {
        Issue.record("\(input): \(failure)")
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }

  /// The targets run what their names say: each accepts a file of its kind and refuses another.
  @Test(arguments: FuzzTarget.allCases)
  func `a target tells good from bad`(target: FuzzTarget) throws {
    let folder = TemporaryFolder()
    let surroundings = try FuzzSurroundings(for: target, at: folder.path("work").description)
    let good = target == .recorded ? "digits/test_data_set_0/input_0.pb" : "handmade/conv_bn.onnx"
    try surroundings.run(try #require(fileBytes(FilePath("\(Fixtures.folder)/\(good)"))))
    #expect(throws: (any Error).self) { try surroundings.run([8, 0xFF]) }
  }

  private static func corpus(of target: FuzzTarget) throws -> [String] {
    let root = Fixtures.folder.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let folder = "\(root)/Fuzzing/corpus/\(target.rawValue)"
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { "\(folder)/\($0)" }
  }
}
