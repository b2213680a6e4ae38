import BatchNormFusion
import Equivalence
import FusionReport
import ONNXModelTests
import ProtobufIOTests
import Tensors
import Testing

@Suite struct ModelEvaluatorTests {
  private let folder = TemporaryFolder()

  /// y = relu(x) and z = −x.
  private func write(_ type: String = "Relu", to name: String = "m.onnx") -> FilePath {
    let model = ModelBytes {
      $0.input("x", [2])
      $0.node(type, ["x"], ["y"], name: "n")
      $0.node("Neg", ["x"], ["z"])
      for name in ["y", "z"] { $0.output(name) }
    }
    return folder.write(model.bytes, to: name)
  }

  private func record(_ elements: [Float], _ name: String) {
    folder.write(TensorBytes("", [elements.count], elements).message.bytes, to: name)
  }

  private func options(_ build: (inout CheckOptions) -> Void) -> CheckOptions {
    var options = CheckOptions()
    build(&options)
    return options
  }

  private let x: Tensor

  init() throws { x = try Tensor(shape: [2], [1, -2] as [Float]) }

  @Test(arguments: Precision.allCases)
  func `runs on tensors by name and gives tensors by name`(precision: Precision) throws {
    let model = try ModelEvaluator(at: write())
    #expect(model.inputs.map(\.name) == ["x"] && model.outputs == ["y", "z"] && model.nodeCount == 2)
    let outputs = try model.run(["x": x], precision: precision)
    #expect(outputs.mapValues(\.doubles) == ["y": [1, 0], "z": [-1, 2]])
  }

  @Test func `a node that cannot be executed is an error of a run and a finding of an evaluation`() throws {
    let model = try ModelEvaluator(at: write("Odd"))
    #expect(throws: EvaluationError(.notExecuted, "Odd 'n': the operator is not known")) {
      _ = try model.run(["x": x])
    }
    let evaluation = try model.evaluate(["x": .tensor(x)])
    #expect(evaluation.outputs.map { $0?.tensor?.doubles } == [nil, [-1, 2]])
    #expect(evaluation.unexecuted.map(\.node) == ["n"])
  }

  @Test func `what is no model or does not fit is an error`() throws {
    #expect(throws: ModelFileError.self) { _ = try ModelEvaluator(at: folder.path("nowhere.onnx")) }
    let path = write()
    #expect(throws: EvaluationError(.unsuitableInput, "\(path): input 'x' is missing")) {
      _ = try ModelEvaluator(at: path).run([:])
    }
  }

  @Test func `a model is checked against what was recorded`() throws {
    record([1, -2], "input_0.pb")
    record([1, 0], "output_0.pb")
    let model = try ModelEvaluator(at: write())
    let same = try model.check(options { $0.data = folder.path })
    #expect(same.check.verdict == .equivalent && same.candidate == nil)
    #expect(same.original.nodes == 2 && same.original.irVersion == 8 && same.original.path == model.path.description)
    #expect(same.check.runs.map(\.inputs) == [folder.path.description])
    record([1, 1], "output_0.pb")
    let other = try model.check(options { $0.data = folder.path })
    #expect(other.check.verdict == .different)
    #expect(other.check.reason == "output 'y' (\(folder.path), own): 1 of 2 elements differ")
    let generous = try model.check(
      options {
        $0.data = folder.path
        $0.tolerance = Tolerance(relative: 0, absolute: 1)
      })
    #expect(generous.check.verdict == .equivalent)
  }

  @Test func `data sets in a folder are all run`() throws {
    for index in 0..<3 {
      folder.make("test_data_set_\(index)")
      record([Float(index), -1], "test_data_set_\(index)/input_0.pb")
    }
    let report = try ModelEvaluator(at: write()).check(
      options {
        $0.data = folder.path
        $0.precisions = [.own]
        $0.runs = 2
      })
    #expect(report.check.runs.map(\.inputs) == (0..<3).map { folder.path("test_data_set_\($0)").description })
    #expect(report.check.secondsPerRun["own"]?.count == 6 && report.check.secondsPerRun["float64"] == nil)
  }

  @Test func `a missing recording is an error`() throws {
    let model = try ModelEvaluator(at: write())
    #expect(throws: ModelFileError.self) { _ = try model.check(options { $0.data = folder.path }) }
  }

  @Test func `two models are checked on random inputs`() throws {
    let model = try ModelEvaluator(at: write())
    let same = try model.check(candidate: try ModelEvaluator(at: write(to: "n.onnx")), options { $0.runs = 3 })
    #expect(same.check.verdict == .equivalent && same.candidate?.path == folder.path("n.onnx").description)
    #expect(same.check.runs.map(\.inputs) == ["seed 0", "seed 1", "seed 2"])
    let other = try model.check(
      candidate: try ModelEvaluator(at: write("Neg", to: "n.onnx")), options { $0.seed = 7 })
    #expect(other.check.verdict == .different && other.check.runs.map(\.inputs) == ["seed 7"])
  }

  @Test func `fusing does not change what a model gives`() throws {
    let report = try Model(at: Fixtures.digits).fuse(to: folder.path("fused.onnx"))
    #expect(report.summary.folded > 0)
    let check = try ModelEvaluator(at: Fixtures.digits).check(
      candidate: try ModelEvaluator(at: folder.path("fused.onnx")))
    #expect(check.check.verdict == .equivalent, "\(check.check.reason ?? "")")
  }

  @Test func `a check tells how far it is, and what its callback throws ends it`() throws {
    struct Enough: Error {}
    let model = try ModelEvaluator(at: write())
    let other = try ModelEvaluator(at: write(to: "n.onnx"))
    var told: [CheckProgress] = []
    _ = try model.check(candidate: other, options { $0.runs = 3 }) { told.append($0) }
    #expect(told.map(\.nodes) == Array(1...(3 * model.nodeCount)) && told.allSatisfy { $0.total == told.count })
    #expect(throws: Enough.self) {
      try model.check(candidate: other) { _ in throw Enough() }
    }
  }

  @Test func `a cancelled fusion writes nothing`() throws {
    var options = FusionOptions()
    options.check = CheckOptions()
    let path = folder.path("fused.onnx")
    #expect(throws: CancellationError.self) {
      try Model(at: Fixtures.digits, options: options).fuse(
        to: path, checking: { if $0.nodes == 5 { throw CancellationError() } })
    }
    #expect(throws: ModelFileError.self) { _ = try Model(at: path) }
  }
}
