import BatchNormFusion
import ONNXModelTests
import ProtobufIOTests
import Testing

/// What the options change.
extension ModelTests {
  /// Two norms, one named 'first/bn' with the output 'p', the other without a name and with the output 'q'.
  private static let twoNorms = GraphBytes {
    $0.input("x", [nil, 1, nil, nil])
    $0.conv("x", "c")
    $0.norm("c", "p", name: "first/bn")
    $0.initializer("w", [2, 2, 1, 1])
    $0.node("Conv", ["p", "w"], ["d"])
    $0.norm("d", "q")
    $0.output("q")
  }

  @Test(
    arguments: [
      (["first/bn"], [], ["p"]), (["first/*"], [], ["p"]), (["q"], [], ["q"]), (["p", "q"], [], ["p", "q"]),
      (["*"], [], ["p", "q"]), (["nothing"], [], []), ([], ["p"], ["q"]), ([], ["*/bn"], ["q"]), ([], ["*"], []),
      (["*"], ["q"], ["p"]), ([], [""], ["p", "q"]), ([], [], ["p", "q"]),
    ] as [([String], [String], [String])])
  func `folds only norms whose names are asked for and not left out`(
    only: [String], skip: [String], folded: [String]
  ) throws {
    var options = FusionOptions()
    options.only = only
    options.skip = skip
    let report = try fuse(Self.twoNorms, options)
    #expect(report.folds.map(\.batchNorm) == folded)
    #expect(report.declined.allSatisfy { $0.code == "excluded" })
    #expect(report.folds.count + report.declined.count == 2)
  }

  @Test func `a strict run in which a norm stays writes no model but its report`() throws {
    var options = FusionOptions()
    options.isStrict = true
    options.skip = ["q"]
    let report = try fuse(Self.twoNorms, options, reports: ["r.json"])
    #expect(report.summary.declined == 1)
    #expect(report.output?.path == folder.path("out.onnx").description)
    #expect(folder.names == ["m.onnx", "r.json"])
  }

  @Test func `a strict run changes no file that is there`() throws {
    folder.write("old", to: "out.onnx")
    var options = FusionOptions()
    options.isStrict = true
    options.skip = ["q"]
    _ = try fuse(Self.twoNorms, options)
    #expect(folder.text("out.onnx") == "old")
  }

  @Test func `a strict run in which all fold writes the model`() throws {
    var options = FusionOptions()
    options.isStrict = true
    #expect(try fuse(Self.twoNorms, options).summary.folded == 2)
    #expect(folder.names == ["m.onnx", "out.onnx"])
  }

  @Test func `a value to be kept stays as it is`() throws {
    var options = FusionOptions()
    options.keptValues = ["d", "nowhere"]
    let report = try fuse(Self.twoNorms, options)
    #expect(report.declined.map(\.code) == ["value-pinned"])
    #expect(report.declined.map(\.reason) == ["the value 'd' before it is to be kept"])
    #expect(report.warnings.map(\.code) == ["nothing-matched"])
  }

  @Test func `a norm behind a value to be kept goes on where it can`() throws {
    var options = FusionOptions()
    options.keptValues = ["c"]
    let report = try fuse(Self.twoNorms, options)
    #expect(report.declined.isEmpty)
    #expect(report.folds.map(\.direction) == ["forward", "backward"])
    #expect(report.folds.map { $0.into.map(\.output) } == [["q"], ["q"]])
  }

  @Test(arguments: [true, false])
  func `training is taken as inference where asked for`(assumes: Bool) throws {
    var options = FusionOptions()
    options.assumesInference = assumes
    let model = GraphBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c")
      $0.norm("c", "y", name: "bn", .int("training_mode", 1))
      $0.output("y")
    }
    let report = try fuse(model, options)
    #expect(report.summary.folded == (assumes ? 1 : 0))
    #expect(report.warnings.map(\.code) == (assumes ? ["assumed-inference"] : []))
    #expect(report.folds.first?.warnings == (assumes ? ["assumed-inference"] : nil))
    #expect(report.declined.first?.code == (assumes ? nil : "training-mode"))
  }

  @Test(arguments: [true, false])
  func `initializers that may be overridden are constants where asked for`(freezes: Bool) throws {
    var options = FusionOptions()
    options.freezesInitializers = freezes
    var graph = GraphBytes.convNorm()
    graph.input("c.weight", [2, 1, 1, 1])
    let report = try fuse(graph, options)
    #expect(report.declined.map(\.code) == (freezes ? [] : ["overridable-initializer"]))
    #expect(report.warnings.map(\.code) == (freezes ? ["frozen-initializer"] : []))
  }

  @Test(arguments: [true, false])
  func `folds are measured where asked for`(measures: Bool) throws {
    var options = FusionOptions()
    options.measures = measures
    #expect((try fuse(Self.twoNorms, options).folds[0].certificate != nil) == measures)
  }

  @Test func `reports are written with their certificates, before the model`() throws {
    let report = try fuse(Self.twoNorms, reports: ["a.json", "b.json"])
    #expect(folder.names == ["a.json", "b.json", "m.onnx", "out.onnx"])
    #expect(folder.text("a.json") == (try report.json()))
    #expect(folder.bytes("a.json") == folder.bytes("b.json"))
    #expect(report.folds.allSatisfy { $0.certificate != nil })
  }

  @Test(arguments: ["missing/r.json", "r.txt"])
  func `the model does not appear where a report cannot be written`(report: String) throws {
    #expect(throws: ModelFileError.self) { try fuse(Self.twoNorms, reports: [report]) }
    #expect(folder.names == ["m.onnx"])
  }

  @Test func `says which endings a report may have`() throws {
    let report = try Model(at: write(Self.twoNorms)).plan()
    #expect(throws: ModelFileError(.unwritable, path: "r.txt", "a report's name ends in .json, .md or .html")) {
      try report.write(to: "r.txt")
    }
    for ending in ["json", "md", "html"] { try report.write(to: folder.path("r.\(ending)")) }
    #expect(folder.text("r.json") == (try report.json()))
    #expect(folder.text("r.md") == report.markdown() && folder.text("r.html") == report.html())
  }

  private func fuse(
    _ graph: GraphBytes, _ options: FusionOptions = FusionOptions(), reports: [String] = []
  ) throws -> Report {
    try Model(at: write(graph), options: options).fuse(
      to: folder.path("out.onnx"), reports: reports.map { folder.path($0) })
  }
}
