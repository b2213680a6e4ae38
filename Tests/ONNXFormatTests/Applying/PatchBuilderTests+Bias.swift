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

/// Where a bias goes.
extension PatchBuilderTests {
  @Test func `a product gets an Add behind it, and what it computes a new name`() throws {
    let patch = try patch(product())
    let node = try #require(patch.newNodes.first)
    #expect(node.type == "Add" && node.predecessor == OperatorID(0))
    #expect(node.inputs == ["m_scaled", "m_bias"] && node.output == "y")
    #expect(node.integers.isEmpty)
    #expect(patch.newTensors.map(\.name) == ["m_bias"] && patch.newTensors.map(\.shape) == [[2]])
    #expect(patch.outputs.map(\.name) == ["m_scaled"])
    let renaming = try #require(patch.renamings.first)
    #expect(renaming.old == "m" && renaming.new == "m_scaled")
    #expect(renaming.scale == [2, 2] && renaming.shift == [0, 0])
  }

  @Test(arguments: [("", ""), ("product", "product_bias")] as [(String, Name)])
  func `an Add that is made has a name where the product has one`(name: String, made: Name) throws {
    #expect(try patch(product(name: name)).newNodes.map(\.name) == [made])
  }

  @Test func `before version 7 an Add that is made says where it begins`() throws {
    let patch = try patch(product(opset: 6))
    #expect(patch.newNodes[0].integers.map(\.0) == ["broadcast", "axis"])
    #expect(patch.newNodes[0].integers.map(\.1) == [1, 1])
  }

  @Test func `an Add of rows has a column for each channel`() throws {
    let model = ModelBytes {
      $0.input("x", [nil, 3, 5])
      $0.initializer("w", [2, 3])
      $0.node("MatMul", ["w", "x"], ["m"])
      $0.norm("m", "y")
      $0.output("y")
    }
    #expect(try patch(model).newTensors.map(\.shape) == [[2, 1]])
  }

  @Test func `an Add that is there takes the new bias`() throws {
    let patch = try patch(product(adding: [10, 20]))
    #expect(patch.contents.map(\.tensor.name) == ["w", "k"])
    // (10 − 1) · 2 + 0.5, (20 + 1) · 2 − 0.5.
    #expect(try payloadBytes(patch.contents[1].content) == littleEndian([18.5, 41.5]))
    #expect(patch.newNodes.isEmpty && patch.newTensors.isEmpty)
    #expect(patch.removedNodes == [OperatorID(2)])
    #expect(patch.outputs.map(\.name) == ["m_scaled", "y"])
    #expect(patch.inputs.map(\.node) == [OperatorID(1)] && patch.inputs.map(\.name) == ["m_scaled"])
    #expect(patch.removedValues == [0: ["m", "a"]])
  }

  @Test func `an Add of one number for all gets one for each channel`() throws {
    let patch = try patch(product(adding: [10]))
    #expect(patch.newTensors.map(\.name) == ["k_folded"] && patch.newTensors.map(\.shape) == [[2]])
    #expect(try payloadBytes(patch.newTensors[0].content) == littleEndian([18.5, 21.5]))
    #expect(patch.removedInitializers[0]?.contains("k") == true)
  }

  @Test func `an Add of a constant that others read gets its own`() throws {
    var model = product(adding: [10, 20])
    model.graph.node("Relu", ["k"], ["r"])
    let patch = try patch(model)
    #expect(patch.newTensors.map(\.name) == ["k_folded"])
    #expect(patch.removedInitializers[0]?.contains("k") == false)
  }

  @Test func `before version 7 an Add with a new constant says where it begins`() throws {
    let patch = try patch(product(opset: 6, adding: [10]))
    #expect(patch.integers.map(\.node) == [OperatorID(1), OperatorID(1)])
    #expect(patch.integers.map(\.attribute) == ["broadcast", "axis"])
    #expect(patch.integers.map(\.value) == [1, 1])
  }

  @Test func `the factors of a Gemm become 1`() throws {
    let patch = try patch(gemm(bias: [2], .float("alpha", 0.25), .float("beta", -2)))
    #expect(patch.floats.map(\.attribute) == ["alpha", "beta"])
    #expect(patch.floats.map(\.value) == [1, 1])
    // w · 0.25 · 2; (−2 · 1 − 1) · 2 + 0.5, (−2 · 2 + 1) · 2 − 0.5.
    #expect(try scaled(patch.contents[0].content) == [0.5, 1, 1.5, 2])
    #expect(try payloadBytes(patch.contents[1].content) == littleEndian([-5.5, -6.5]))
  }

  @Test func `factors that are not stated are not written`() throws {
    #expect(try patch(gemm(bias: [2])).floats.isEmpty)
  }

  @Test func `a bias times 0 is replaced by one times 1`() throws {
    let patch = try patch(gemm(bias: [2], .float("beta", 0)))
    #expect(patch.floats.map(\.attribute) == ["beta"] && patch.floats.map(\.value) == [1])
    #expect(patch.newTensors.map(\.name) == ["b_folded"])
    #expect(patch.removedInitializers[0]?.contains("b") == true)
    #expect(try payloadBytes(patch.newTensors[0].content) == littleEndian([-1.5, 1.5]))
  }

  @Test(arguments: [([], [2]), ([1], [2]), ([1, 1], [2]), ([3, 1], [3, 2])] as [([Int], [Int])])
  func `a Gemm's bias that broadcasts over channels gets a number for each`(shape: [Int], new: [Int]) throws {
    let patch = try patch(gemm(bias: shape))
    #expect(patch.newTensors.map(\.name) == ["b_folded"] && patch.newTensors.map(\.shape) == [new])
    let count = new.reduce(1, *)
    #expect(patch.newTensors[0].content.byteCount == 4 * count)
  }

  @Test(arguments: [[2], [1, 2], [3, 2]])
  func `a Gemm's bias with a number for each channel is changed where it is`(shape: [Int]) throws {
    let patch = try patch(gemm(bias: shape))
    #expect(patch.contents.map(\.tensor.name) == ["w", "b"] && patch.newTensors.isEmpty)
  }

  @Test func `before version 7 a Gemm's new bias broadcasts`() throws {
    let patch = try patch(gemm(opset: 6, bias: [1], .int("broadcast", 1)))
    #expect(patch.integers.map(\.attribute) == ["broadcast"] && patch.integers.map(\.value) == [1])
  }

  @Test func `a value to be kept is not given a new name`() throws {
    var options = ReadingOptions()
    options.keptValues = ["m"]
    #expect(try product().reading(in: folder, options: options).codes() == ["value-pinned"])
  }

  private func product(opset: Int = 17, name: String = "", adding constant: [Float]? = nil) -> ModelBytes {
    ModelBytes(opset: opset) {
      $0.input("x", [nil, 3])
      $0.initializer("w", [3, 2])
      $0.node("MatMul", ["x", "w"], ["m"], name: name)
      if let constant {
        $0.initializer("k", [constant.count], constant)
        $0.node("Add", ["m", "k"], ["a"], attributes: opset < 7 ? [.int("broadcast", 1), .int("axis", 1)] : [])
      }
      $0.norm(constant == nil ? "m" : "a", "y", .int("is_test", 1))
      $0.output("y")
    }
  }

  private func gemm(opset: Int = 17, bias shape: [Int], _ attributes: AttributeBytes...) -> ModelBytes {
    ModelBytes(opset: opset) {
      $0.input("x", [3, 2])
      $0.initializer("w", [2, 2])
      $0.initializer("b", shape)
      $0.node("Gemm", ["x", "w", "b"], ["c"], attributes: attributes)
      $0.norm("c", "y", .int("is_test", 1))
      $0.output("y")
    }
  }
}
