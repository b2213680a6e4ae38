import BatchNormFusion
import ONNXModelTests
import ProtobufIOTests
import Testing

/// What becomes of a run while somebody writes to what it reads.
extension ModelTests {
  /// What is done with a model that was opened.
  enum Use: CaseIterable, Sendable {
    case fuse, fuseChecked, fuseStrictly, fuseExternally, plan, planChecked, inspect

    /// Why it cannot be done, nil where it can.
    func failure(of model: consuming Model, in folder: TemporaryFolder) -> ModelFileError? {
      do {
        switch self {
        case .fuse, .fuseChecked, .fuseStrictly, .fuseExternally:
          _ = try model.fuse(to: folder.path("out.onnx"), reports: [folder.path("r.json")])
        case .plan, .planChecked: _ = try model.plan()
        case .inspect: _ = try model.inspect()
        }
        return nil
      } catch {
        return error as? ModelFileError
      }
    }

    var options: FusionOptions {
      var options = FusionOptions()
      options.check = [.fuseChecked, .planChecked].contains(self) ? CheckOptions() : nil
      options.isStrict = self == .fuseStrictly
      options.storage = self == .fuseExternally ? .external : .asRead
      return options
    }
  }

  @Test(arguments: Use.allCases)
  func `a weight that is written while the model is open is an error and leaves nothing`(use: Use) throws {
    let path = write(.convNorm(weight: [1, 2]))
    let model = try Model(at: path, options: use.options)
    write(.convNorm(weight: [1, 3]))
    let failure = use.failure(of: model, in: folder)
    #expect(failure == ModelFileError(.unreadable, path: path, "changed while it was read"))
    #expect(folder.names == ["m.onnx"])
  }

  @Test(arguments: Use.allCases)
  func `data that is written while the model is open is an error and leaves nothing`(use: Use) throws {
    let model = try Model(at: external(), options: use.options)
    var data = try #require(folder.bytes("weights"))
    data[200] ^= 1
    folder.write(data, to: "weights")
    let failure = use.failure(of: model, in: folder)
    #expect(failure == ModelFileError(.unreadable, path: folder.path("weights"), "changed while it was read"))
    #expect(folder.names == ["m.onnx", "weights"])
  }

  /// A weight that the plan found finite and that overflows when it is written, again and again.
  @Test func `a model that is another each time is an error`() throws {
    let path = write(.convNorm(weight: [1, 2]))
    let model = try Model(at: path)
    write(.convNorm(weight: [1, .greatestFiniteMagnitude]))
    let failure = Use.fuse.failure(of: model, in: folder)
    #expect(failure == ModelFileError(.unreadable, path: path, "changed while it was read"))
    #expect(folder.names == ["m.onnx"])
  }

  @Test func `a check of models that are written meanwhile is an error`() throws {
    let path = write(.convNorm(weight: [1, 2]))
    let (model, same) = (try ModelEvaluator(at: path), try ModelEvaluator(at: path))
    #expect(try model.check(candidate: same).check.verdict == .equivalent)
    let error = #expect(throws: ModelFileError.self) {
      _ = try model.check(candidate: same, progress: { if $0.nodes == 1 { write(.convNorm(weight: [1, 3])) } })
    }
    // A thread that reads while the file is empty says so, too.
    #expect(error?.code == .unreadable && error?.path == path)
    #expect(error?.message.hasPrefix("changed while it was read") == true)
  }

  @Test func `a file that another took the place of is read as it was`() throws {
    let model = try Model(at: write(.convNorm(weight: [1, 2])))
    _ = try Model(at: folder.path("m.onnx")).fuse(to: folder.path("expected.onnx"))
    folder.write([1], to: "new")
    try FileReplacing.replace(folder.path("m.onnx"), with: folder.path("new"))
    _ = try model.fuse(to: folder.path("out.onnx"))
    #expect(folder.bytes("out.onnx") == folder.bytes("expected.onnx"))
  }
}
