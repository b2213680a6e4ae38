import BatchNormFolding
import ModelGraph
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// Which edits a plan asks for.
@Suite struct PatchBuilderTests {
  let folder = TemporaryFolder()

  @Test func `changes a weight and a bias that nobody else reads where they are`() throws {
    let patch = try patch(ModelBytes(graph: .convNorm(bias: [1, 2])))
    #expect(patch.contents.map(\.tensor.name) == ["c.weight", "c.bias"])
    #expect(patch.newTensors.isEmpty && patch.newNodes.isEmpty && patch.splats.isEmpty)
    // (1 − 1) · 2 + 0.5, (2 + 1) · 2 − 0.5.
    #expect(try payloadBytes(patch.contents[1].content) == littleEndian([0.5, 5.5]))
    #expect(try scaled(patch.contents[0].content) == [2, 4])
  }

  @Test func `removes the norm, its parameters and the value before it, and keeps its output's name`() throws {
    let patch = try patch(ModelBytes(graph: .convNorm(bias: [1, 2])))
    #expect(patch.removedNodes == [OperatorID(1)])
    #expect(patch.removedInitializers == [0: ["y.gamma", "y.beta", "y.mean", "y.variance"]])
    #expect(patch.removedValues == [0: ["c"]])
    #expect(patch.outputs.map(\.node) == [OperatorID(0)] && patch.outputs.map(\.name) == ["y"])
    #expect(patch.newOutputNames == [OperatorID(0): "y"])
    #expect(patch.renamings.isEmpty)
  }

  @Test func `gives an operator without a bias one of its own, named for its output`() throws {
    let patch = try patch(ModelBytes(graph: .convNorm()))
    let new = try #require(patch.newTensors.first)
    #expect(patch.newTensors.count == 1)
    #expect(new.name == "c_bias" && new.shape == [2] && new.type == .float32 && new.reader == OperatorID(0))
    #expect(try payloadBytes(new.content) == littleEndian([-1.5, 1.5]))
    #expect(patch.inputs.map(\.index) == [2] && patch.inputs.map(\.name) == ["c_bias"])
  }

  @Test func `a new name is never one that the model has`() throws {
    var graph = GraphBytes.convNorm()
    graph.node("If", ["x"], ["z"], .graph("then_branch", GraphBytes { $0.initializer("c_bias", [1]) }))
    graph.node("Relu", ["z"], ["r"], name: "c_bias_2")
    #expect(try patch(ModelBytes(graph: graph)).newTensors.map(\.name) == ["c_bias_3"])
  }

  @Test func `leaves a weight as it is where every scale is 1`() throws {
    let model = ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c")
      $0.normParameters("y")
      $0.initializer("ones", [2], [2, 3])
      $0.node("BatchNormalization", ["c", "ones", "y.beta", "y.mean", "y.variance"], ["y"], .float("epsilon", 1))
      $0.output("y")
    }
    let patch = try patch(model)
    #expect(patch.weights.isEmpty && patch.contents.isEmpty)
    #expect(patch.newTensors.map(\.name) == ["c_bias"])
  }

  @Test func `copies a weight and a bias that somebody else reads`() throws {
    var graph = GraphBytes.convNorm(bias: [1, 2])
    graph.node("Conv", ["x", "c.weight", "c.bias"], ["z"])
    let patch = try patch(ModelBytes(graph: graph))
    #expect(patch.contents.isEmpty)
    #expect(patch.newTensors.map(\.name) == ["c.weight_folded", "c.bias_folded"])
    #expect(patch.newTensors.map(\.shape) == [[2, 1, 1, 1], [2]])
    #expect(patch.inputs.map(\.name) == ["c.weight_folded", "c.bias_folded"])
    #expect(patch.inputs.map(\.index) == [1, 2])
    let removed: Set<Name> = patch.removedInitializers[0] ?? []
    #expect(!removed.contains("c.weight") && !removed.contains("c.bias"))
    let warning = FoldWarning(
      .weightDuplicated, "the weight 'c.weight' is read elsewhere too; 1 copies add 8 bytes")
    #expect(patch.warnings == [0: [warning]])
  }

  @Test func `copies a weight that is a graph output or named by training`() throws {
    var graph = GraphBytes.convNorm()
    graph.output("c.weight", [2, 1, 1, 1])
    #expect(try patch(ModelBytes(graph: graph)).newTensors.map(\.name) == ["c.weight_folded", "c_bias"])
  }

  @Test func `copies parameters that others read by leaving them`() throws {
    var graph = GraphBytes.convNorm()
    graph.node("Relu", ["y.gamma"], ["r"])
    let removed = try patch(ModelBytes(graph: graph)).removedInitializers[0]
    #expect(removed == ["y.beta", "y.mean", "y.variance"])
  }

  @Test func `of operators that share a weight all but the last get a copy`() throws {
    let model = ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.initializer("w", [2, 1, 1, 1])
      for name in ["a", "b", "c"] {
        $0.node("Conv", ["x", "w"], ["\(name).c"])
        $0.norm("\(name).c", name)
        $0.output(name)
      }
    }
    let patch = try patch(model)
    #expect(patch.newTensors.map(\.name) == ["w_folded", "a.c_bias", "w_folded_2", "b.c_bias", "c.c_bias"])
    #expect(patch.contents.map(\.tensor.name) == ["w"])
    #expect(try patch.contents.map { try scaled($0.content) } == [[2, 4]])
    #expect(try scaled(patch.newTensors[0].content) == [2, 4])
    let warning = FoldWarning(
      .weightDuplicated, "the weight 'w' is read elsewhere too; 2 copies add 16 bytes")
    #expect(patch.warnings == [0: [warning], 1: [warning]])
  }

  @Test func `changes the tensor of a Constant node where it is`() throws {
    let patch = try patch(constantWeight(.tensor("value", TensorBytes("", [2, 1, 1, 1]))))
    #expect(patch.contents.count == 1 && patch.contents[0].tensor.shape == [2, 1, 1, 1])
    #expect(patch.removedNodes == [OperatorID(2)])
  }

  @Test func `a weight behind an Identity becomes an initializer and what made it goes`() throws {
    let model = ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.node("Constant", [], ["w"], .tensor("value", TensorBytes("", [2, 1, 1, 1])))
      $0.node("Identity", ["w"], ["i"])
      $0.node("Conv", ["x", "i"], ["c"])
      $0.norm("c", "y")
      $0.output("y")
    }
    let patch = try patch(model)
    #expect(patch.newTensors.map(\.name) == ["i_folded", "c_bias"])
    #expect(patch.removedNodes == [OperatorID(0), OperatorID(1), OperatorID(3)])
    #expect(patch.warnings.isEmpty)
  }

  /// Gammas of 4 and 6 have one scale, 2, and of 4 and 3 two.
  @Test(arguments: [(6, true), (3, false)] as [(Float, Bool)])
  func `a filled weight stays one where its channels stay equal`(gamma: Float, stays: Bool) throws {
    let model = ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.initializer(.int64("s", [4], [2, 1, 1, 1]))
      $0.node("ConstantOfShape", ["s"], ["w"], .tensor("value", TensorBytes("", [1], [5])))
      $0.node("Conv", ["x", "w"], ["c"])
      $0.normParameters("y")
      $0.initializer("g", [2], [4, gamma])
      $0.node("BatchNormalization", ["c", "g", "y.beta", "y.mean", "y.variance"], ["y"], .float("epsilon", 1))
      $0.output("y")
    }
    let patch = try patch(model)
    if stays {
      #expect(patch.splats.map(\.node) == [OperatorID(0)])
      #expect(try payloadBytes(patch.splats[0].content) == littleEndian([10]))
      #expect(patch.newTensors.map(\.name) == ["c_bias"])
    } else {
      #expect(patch.splats.isEmpty)
      #expect(patch.newTensors.map(\.name) == ["w_folded", "c_bias"])
      #expect(try scaled(patch.newTensors[0].content) == [10, 5])
      #expect(patch.removedNodes.contains(OperatorID(0)))
    }
  }

  @Test func `an initializer that was frozen and is changed is no input any more`() throws {
    var graph = GraphBytes.convNorm(bias: [1, 2])
    graph.input("c.weight", [2, 1, 1, 1])
    graph.input("c.bias", [2])
    var options = ReadingOptions()
    options.freezesInitializers = true
    let reading = try ModelBytes(graph: graph).reading(in: folder, options: options)
    let patch = try PatchBuilder.patch(for: try reading.plan(), in: reading)
    #expect(patch.removedInputs == [0: ["c.weight", "c.bias"]])
  }

  @Test func `a parameter that is to be kept stays though nothing reads it`() throws {
    var options = ReadingOptions()
    options.keptValues = ["y.gamma"]
    let reading = try ModelBytes(graph: .convNorm()).reading(in: folder, options: options)
    let patch = try PatchBuilder.patch(for: try reading.plan(), in: reading)
    #expect(patch.removedInitializers == [0: ["y.beta", "y.mean", "y.variance"]])
  }

  @Test func `nothing is asked for where nothing folds`() throws {
    let patch = try patch(ModelBytes { $0.node("Relu", [], ["y"]) })
    #expect(patch.removedNodes.isEmpty && patch.contents.isEmpty && patch.newTensors.isEmpty)
  }

  func patch(_ model: ModelBytes) throws -> ModelPatch {
    let reading = try model.reading(in: folder)
    return try PatchBuilder.patch(for: try reading.plan(), in: reading)
  }

  /// The elements of a content as they are written.
  func scaled(_ content: PayloadContent) throws -> [Float] {
    let output = try OutputFile(path: folder.path("scaled"), expectedSize: content.byteCount)
    try DataFileWriter(to: output, through: ChunkBuffer()).write(content, at: 0)
    try output.commit()
    let bytes = folder.bytes("scaled") ?? []
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }

  private func constantWeight(_ attribute: AttributeBytes) -> ModelBytes {
    ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.node("Constant", [], ["w"], attribute)
      $0.node("Conv", ["x", "w"], ["c"])
      $0.norm("c", "y")
      $0.output("y")
    }
  }
}
