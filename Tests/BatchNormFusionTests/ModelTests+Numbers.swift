import BatchNormFusion
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

/// Weights and parameters at the ends of their ranges.
extension ModelTests {
  /// 60000 · 2 is past float16; nobody looks at weights before they are streamed.
  @Test(arguments: [true, false])
  func `a weight that overflows while it is written leaves its norm and folds the others`(measures: Bool) throws {
    let input = write(
      GraphBytes {
        $0.input("x", [nil, 1, nil, nil], type: 10)
        half("c.weight", [2, 1, 1, 1], [60000, 1], &$0)
        $0.node("Conv", ["x", "c.weight"], ["c"])
        halfNorm("c", "y", &$0)
        half("d.weight", [2, 1, 1, 1], [1, 2], &$0)
        $0.node("Conv", ["x", "d.weight"], ["d"])
        halfNorm("d", "z", &$0)
        for name in ["y", "z"] { $0.output(name, [nil, 2, nil, nil], type: 10) }
      })
    var options = FusionOptions()
    options.measures = measures
    let report = try Model(at: input, options: options).fuse(to: folder.path("out.onnx"))
    #expect(report.folds.map(\.batchNorm) == ["z"])
    #expect(
      report.declined.map(\.reason) == [
        "channel 0 of the weight 'c.weight' would reach 120000.0, past the float16 range"
      ])
    #expect(report.declined.map(\.code) == ["overflows-storage"])
    #expect(try Model(at: folder.path("out.onnx")).inspect().summary.batchNorms == 1)
  }

  @Test(arguments: [Float.infinity, -.infinity, .nan])
  func `a weight that is not finite keeps its norm`(element: Float) throws {
    let report = try Model(at: write(.convNorm(weight: [1, element]))).fuse(to: folder.path("out.onnx"))
    #expect(report.declined.map(\.code) == ["overflows-storage"])
    #expect(
      report.declined.map(\.reason) == ["the weight 'c.weight' holds elements that are not finite"])
    #expect(folder.bytes("out.onnx") == folder.bytes("m.onnx"))
  }

  /// A scale of 1 changes no weight, so nobody need look at it; but the report must hold.
  @Test(arguments: [Float.infinity, .nan])
  func `a weight that is not finite and does not change gives a report that can be written`(element: Float) throws {
    let graph = GraphBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c", weight: [1, element])
      $0.normParameters("y")
      $0.initializer("g", [2], [2, 3])
      $0.node("BatchNormalization", ["c", "g", "y.beta", "y.mean", "y.variance"], ["y"], .float("epsilon", 1))
      $0.output("y")
    }
    _ = try Model(at: write(graph)).fuse(to: folder.path("out.onnx"), reports: [folder.path("r.json")])
    #expect(folder.names == ["m.onnx", "out.onnx", "r.json"])
  }

  @Test(arguments: [Float.infinity, -.infinity, .nan])
  func `an epsilon that is no number declines and gives a report that can be written`(epsilon: Float) throws {
    let graph = GraphBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c")
      $0.norm("c", "y", epsilon: epsilon)
      $0.output("y")
    }
    let report = try Model(at: write(graph)).inspect()
    #expect(report.declined.map(\.code) == ["invalid-variance"])
    #expect(throws: Never.self) { try report.json() }
    let fused = try Model(at: write(graph)).fuse(to: folder.path("out.onnx"), reports: [folder.path("r.json")])
    #expect(fused.summary.folded == 0)
  }

  @Test func `weights that become subnormal are warned of`() throws {
    var options = FusionOptions()
    options.measures = true
    let graph = GraphBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c", weight: [0x1p-126, 1])
      $0.normParameters("y")
      $0.initializer("g", [2], [1, 6])
      $0.node("BatchNormalization", ["c", "g", "y.beta", "y.mean", "y.variance"], ["y"], .float("epsilon", 1))
      $0.output("y")
    }
    let report = try Model(at: write(graph), options: options).fuse(to: folder.path("out.onnx"))
    #expect(report.warnings.map(\.code) == ["subnormal-weights"])
    #expect(report.warnings.map(\.text) == ["1 weights become subnormal, which some hardware takes as 0"])
    #expect(report.folds.map(\.warnings) == [["subnormal-weights"]])
  }

  @Test func `an epsilon whose 0 is left out is 0`() throws {
    let graph = GraphBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c")
      $0.normParameters("y")
      $0.initializer("v", [2], [4, 9])
      $0.node(
        "BatchNormalization", ["c", "y.gamma", "y.beta", "y.mean", "v"], ["y"],
        AttributeBytes("epsilon", type: 1) { _ in })
      $0.output("y")
    }
    _ = try Model(at: write(graph)).fuse(to: folder.path("out.onnx"))
    let weight = try ONNXDocument(at: folder.path("out.onnx")).graph.initializers[0]
    #expect(try payloadBytes(#require(weight.content)) == littleEndian([2, 4]))
  }

  /// A part of another tensor, as old converters cut them, holds less than its shape says.
  @Test(arguments: ["w", "p"])
  func `a segment of a tensor ends nothing`(name: String) async {
    await #expect(processExitsWith: .success) { [name = name as String] in
      let folder = TemporaryFolder()
      let segment = { (name: String, shape: [Int]) in
        TensorBytes(name, type: 1, shape) {
          $0.message(3) { $0.varint(2, 1) }
          $0.bytes(9, littleEndian([1]))
        }
      }
      let model = ModelBytes {
        $0.input("x", [nil, 1, nil, nil])
        if name == "w" { $0.initializer(segment("w", [2, 1, 1, 1])) } else { $0.initializer("w", [2, 1, 1, 1]) }
        $0.node("Conv", ["x", "w"], ["c"])
        $0.normParameters("y")
        if name == "p" { $0.initializer(segment("p", [2])) } else { $0.initializer("p", [2]) }
        $0.node("BatchNormalization", ["c", "y.gamma", "p", "y.mean", "y.variance"], ["y"])
        $0.output("y")
      }
      let input = folder.write(model.bytes, to: "m.onnx")
      do {
        let report = try Model(at: input).fuse(to: folder.path("out.onnx"))
        precondition(report.summary.folded == 0, "nothing is known of the rest")
      } catch is ModelFileError {}
    }
  }

  /// A hundred bytes that ask for four parameters of 2²⁸ numbers each, to a process that has 3 GiB.
  @Test func `parameters that are made rather than stored do not take all memory`() async {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      let model = ModelBytes {
        $0.input("x", nil)
        $0.initializer(.int64("s", [1], [1 << 28]))
        $0.node("ConstantOfShape", ["s"], ["p"])
        $0.node("Relu", ["x"], ["c"])
        $0.node("BatchNormalization", ["c", "p", "p", "p", "p"], ["y"])
        $0.output("y")
      }
      let input = folder.write(model.bytes, to: "m.onnx")
      OwnProcess.limitMemory(to: 3 << 30)
      do {
        let report = try Model(at: input).plan()
        precondition(report.summary.folded == 0, "nothing before it can take it in")
      } catch is ModelFileError {}
    }
  }

  @Test func `a norm of no channels ends nothing`() throws {
    let graph = GraphBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.initializer("w", [0, 1, 1, 1], [])
      $0.initializer("p", [0], [])
      $0.node("Conv", ["x", "w"], ["c"])
      $0.node("BatchNormalization", ["c", "p", "p", "p", "p"], ["y"])
      $0.output("y")
    }
    _ = try Model(at: write(graph)).plan().json()
    _ = try Model(at: write(graph)).inspect().inspectionText()
    _ = try Model(at: write(graph)).fuse(to: folder.path("out.onnx"))
  }

  @Test func `a model is written to standard output whole`() async {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      _ = try Model(at: Fixtures.digits).fuse(to: folder.path("out.onnx"))
      let output = folder.write([], to: "piped.onnx")
      OwnProcess.redirectOutput(to: output)
      _ = try Model(at: Fixtures.digits).fuse(to: "-")
      precondition(folder.bytes("piped.onnx") == folder.bytes("out.onnx"), "both must be the same")
    }
  }

  private func half(_ name: String, _ shape: [Int], _ values: [Float16], _ graph: inout GraphBytes) {
    let bytes = values.flatMap { littleEndian(UInt64($0.bitPattern), count: 2) }
    graph.initializer(TensorBytes(name, type: 10, shape, raw: bytes))
  }

  private func halfNorm(_ input: String, _ output: String, _ graph: inout GraphBytes) {
    for (name, values) in [("g", [4, 6]), ("b", [0, 0]), ("m", [0, 0]), ("v", [3, 8])] as [(String, [Float16])] {
      half("\(output).\(name)", [2], values, &graph)
    }
    let parameters = ["g", "b", "m", "v"].map { "\(output).\($0)" }
    graph.node("BatchNormalization", [input] + parameters, [output], .float("epsilon", 1))
  }
}
