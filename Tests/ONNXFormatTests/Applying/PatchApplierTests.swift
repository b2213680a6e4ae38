import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXFormat

/// What a patched model looks like.
@Suite struct PatchApplierTests {
  let folder = TemporaryFolder()

  @Test func `the fused operator writes the norm's value and the rest is gone`() throws {
    let graph = try patched(ModelBytes(graph: .convNorm(bias: [1, 2]))).graph
    #expect(graph.nodes.map(\.operatorType) == ["Conv"])
    #expect(graph.nodes[0].inputs == ["x", "c.weight", "c.bias"])
    #expect(graph.nodes[0].outputs == ["y"])
    #expect(graph.initializers.map(\.name) == ["c.weight", "c.bias"])
    #expect(graph.outputs.map(\.name) == ["y"])
  }

  @Test(arguments: [(3, true), (4, false), (8, false)])
  func `a new initializer is an input too where old versions demand it`(version: Int, listed: Bool) throws {
    var graph = GraphBytes.convNorm()
    graph.input("c.weight", [2, 1, 1, 1])
    for name in ["gamma", "beta", "mean", "variance"] { graph.input("y.\(name)", [2]) }
    var options = ReadingOptions()
    options.freezesInitializers = true
    let patched = try patched(ModelBytes(irVersion: version, graph: graph), options).graph
    #expect(patched.initializers.map(\.name) == ["c.weight", "c_bias"])
    #expect(patched.inputs.map(\.name) == (listed ? ["x", "c.weight", "c_bias"] : ["x"]))
  }

  /// Before version 4 an initializer had to be an input, and a body's inputs are given.
  @Test(arguments: [(3, true), (4, false)])
  func `in a body of an old version a new tensor is a Constant right before its reader`(
    version: Int, isConstant: Bool
  ) throws {
    let inner = GraphBytes {
      $0.node("Constant", [], ["w"], .tensor("value", TensorBytes("", [2, 1, 1, 1])))
      for (name, values) in [("g", [4, 6]), ("b", [0.5, -0.5]), ("m", [1, -1]), ("v", [3, 8])] as [(String, [Float])] {
        $0.node("Constant", [], [name], .tensor("value", TensorBytes("", [2], values)))
      }
      $0.node("Conv", ["x", "w"], ["c"])
      $0.node("BatchNormalization", ["c", "g", "b", "m", "v"], ["i"], .float("epsilon", 1))
      $0.output("i", nil)
    }
    let model = ModelBytes(opset: 8, irVersion: version) {
      $0.input("x", [nil, 1, nil, nil])
      $0.input("f", [], type: 9)
      $0.node("If", ["f"], ["y"], .graph("then_branch", inner))
    }
    let reading = try model.reading(in: folder)
    let edits = try reading.edits(for: try reading.plan())
    let body = try #require(try patched(model).graph.nodes[0].subgraphs.first)
    #expect(body.nodes.map(\.operatorType) == (isConstant ? ["Constant", "Constant", "Conv"] : ["Constant", "Conv"]))
    #expect(body.initializers.map(\.name) == (isConstant ? [] : ["c_bias"]))
    #expect(body.inputs.isEmpty)
    #expect(body.nodes.last?.inputs == ["x", "w", "c_bias"])
    #expect(edits.nodeCount == (isConstant ? 4 : 3))
    guard isConstant else { return }
    let content = try #require(body.nodes[1].attribute("value")?.tensorView?.content)
    #expect(body.nodes[1].outputs == ["c_bias"])
    #expect(try payloadBytes(content) == littleEndian([-1.5, 1.5]))
  }

  @Test func `a node that is made stands right behind its predecessor`() throws {
    let graph = try patched(
      ModelBytes {
        $0.input("x", [nil, 3])
        $0.initializer("w", [3, 2])
        $0.node("Relu", ["x"], ["r"])
        $0.node("MatMul", ["r", "w"], ["m"], name: "product")
        $0.norm("m", "y")
        $0.node("Relu", ["y"], ["z"])
        $0.output("z")
      }
    ).graph
    #expect(graph.nodes.map(\.operatorType) == ["Relu", "MatMul", "Add", "Relu"])
    #expect(graph.nodes[1].outputs == ["m_scaled"])
    #expect(graph.nodes[2].inputs == ["m_scaled", "m_bias"] && graph.nodes[2].outputs == ["y"])
    #expect(graph.nodes.map(\.name) == ["", "product", "product_bias", ""])
  }

  @Test func `notes on values that are gone go and the others stay`() throws {
    let graph = try ModelReading.handmade("metadata").patched().graph
    #expect(graph.valueInfo.map(\.name) == ["n", "r"])
    #expect(graph.quantizationAnnotations.map(\.value) == ["x", "n", "r", "y"])
  }

  @Test(arguments: Fixtures.handmadeNames)
  func `what is patched reads and needs no further patch`(name: String) throws {
    guard name != "external" else { return }
    let document = try ModelReading.handmade(name).patched()
    let again = try ModelReading.read(document, options: ReadingOptions(), buffer: ChunkBuffer())
    #expect(try again.plan().folds.isEmpty)
    #expect(again.nodeCount == (try ModelReading.handmade(name).predictedNodeCount()))
  }

  private func patched(
    _ model: ModelBytes, _ options: ReadingOptions = ReadingOptions()
  ) throws -> ONNXDocument { try model.reading(in: folder, options: options).patched() }
}

extension ModelReading {
  /// The document with the edits of its plan.
  fileprivate func patched() throws -> ONNXDocument {
    let patch = try PatchBuilder.patch(for: try plan(), in: self)
    return try edited(by: patch)
  }

  fileprivate func predictedNodeCount() throws -> Int { try edits(for: plan()).nodeCount }
}
