import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import Testing

@testable import BatchNormFusion

/// How often a model is read.
extension ModelTests {
  /// What is done with a model.
  enum Work: CaseIterable, Sendable {
    case plan, planChecked, planExternally, inspect, fuse, fuseChecked, fuseMeasured, fuseExternally, overflow

    var options: FusionOptions {
      var options = FusionOptions()
      options.check = [.planChecked, .fuseChecked].contains(self) ? CheckOptions() : nil
      options.storage = [.planExternally, .fuseExternally].contains(self) ? .external : .asRead
      options.measures = self == .fuseMeasured
      return options
    }

    func run(_ model: borrowing Model, in folder: TemporaryFolder) throws {
      switch self {
      case .plan, .planChecked, .planExternally: _ = try model.plan()
      case .inspect: _ = try model.inspect()
      default: _ = try model.fuse(to: folder.path("out.onnx"))
      }
    }
  }

  @Test(arguments: Work.allCases)
  func `a model is scanned once and one tree is unpacked of it, and none of what is made`(work: Work) throws {
    let largest = work == .overflow ? Float.greatestFiniteMagnitude : 2
    let path = write(.convNorm(weight: [1, largest]))
    let counter = ReadingCounter()
    try ReadingCounter.$current.withValue(counter) {
      try work.run(Model(at: path, options: work.options), in: folder)
    }
    #expect(counter.counts == [path: ReadingCounter.Count(scans: 1, trees: 1)])
  }

  @Test func `a check of two models reads each once`() throws {
    let paths = [write(.convNorm(), to: "a.onnx"), write(.convNorm(), to: "b.onnx")]
    let counter = ReadingCounter()
    try ReadingCounter.$current.withValue(counter) {
      let report = try ModelEvaluator(at: paths[0]).check(candidate: ModelEvaluator(at: paths[1]))
      #expect(report.check.verdict == .equivalent)
    }
    let once = ReadingCounter.Count(scans: 1, trees: 1)
    #expect(counter.counts == [paths[0]: once, paths[1]: once])
  }

  @Test func `a model can be planned, checked and fused again and again`() throws {
    var options = FusionOptions()
    options.check = CheckOptions()
    let model = try Model(at: write(.convNorm(bias: [1, 2])), options: options)
    let sizes = try [
      model.plan(), model.fuse(to: folder.path("a.onnx")), model.inspect(), model.fuse(to: folder.path("b.onnx")),
      model.plan(),
    ].map { $0.output?.bytes }
    let fused = try #require(folder.bytes("a.onnx"))
    #expect(fused == folder.bytes("b.onnx"))
    #expect(sizes == [fused.count, fused.count, nil, fused.count, fused.count])
  }
}
