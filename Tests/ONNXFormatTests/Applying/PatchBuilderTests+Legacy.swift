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

/// Patches of models before opset 7, where operators broadcast by attributes only.
extension PatchBuilderTests {
  /// A product on the left has its channels in the last axis but one, which the attribute names.
  @Test(arguments: [(6, [1, 1], [2]), (7, [], [2, 1])] as [(Int, [Int], [Int])])
  func `an Add that is made names the axis of the channels, or has ones behind them`(
    opset: Int, values: [Int], shape: [Int]
  ) throws {
    let model = ModelBytes(opset: opset) {
      $0.input("x", [nil, 3, 5])
      $0.initializer("w", [2, 3])
      $0.node("MatMul", ["w", "x"], ["m"])
      $0.norm("m", "y", .int("is_test", 1))
      $0.output("y")
    }
    let patch = try patch(model)
    #expect(patch.newNodes.map(\.type) == ["Add"] && patch.newTensors.map(\.shape) == [shape])
    #expect(patch.newNodes[0].integers.map(\.0) == (opset < 7 ? ["broadcast", "axis"] : []))
    #expect(patch.newNodes[0].integers.map(\.1) == values)
  }

  @Test(arguments: [(6, true), (7, false)])
  func `an Add that is there and gets a number for each channel names their axis`(opset: Int, isNamed: Bool) throws {
    let model = ModelBytes(opset: opset) {
      $0.input("x", [nil, 3, 5])
      $0.initializer("w", [2, 3])
      $0.node("MatMul", ["w", "x"], ["m"])
      $0.initializer("k", [1], [10])
      $0.node("Add", ["m", "k"], ["a"], attributes: opset < 7 ? [.int("broadcast", 1)] : [])
      $0.norm("a", "y", .int("is_test", 1))
      $0.output("y")
    }
    let patch = try patch(model)
    #expect(patch.newTensors.map(\.name) == ["k_folded"] && patch.newTensors.map(\.shape) == [isNamed ? [2] : [2, 1]])
    #expect(try payloadBytes(patch.newTensors[0].content) == littleEndian([18.5, 21.5]))
    #expect(patch.integers.map(\.attribute) == (isNamed ? ["broadcast", "axis"] : []))
    #expect(
      patch.integers.map(\.value) == (isNamed ? [1, 1] : []) && patch.integers.allSatisfy { $0.node == .init(1) })
  }

  /// `[2]` along axis 1 stays where it is.
  @Test func `an Add that has a number for each channel already is changed where it is`() throws {
    let model = ModelBytes(opset: 6) {
      $0.input("x", [nil, 3, 5])
      $0.initializer("w", [2, 3])
      $0.node("MatMul", ["w", "x"], ["m"])
      $0.initializer("k", [2], [10, 20])
      $0.node("Add", ["m", "k"], ["a"], .int("broadcast", 1), .int("axis", 1))
      $0.norm("a", "y", .int("is_test", 1))
      $0.output("y")
    }
    let patch = try patch(model)
    #expect(patch.contents.map(\.tensor.name).contains("k") && patch.newTensors.isEmpty && patch.integers.isEmpty)
  }

  @Test(arguments: [1, 6, 7, 9])
  func `a Gemm's new bias of a row broadcasts as its version has it`(opset: Int) throws {
    for (shape, isNew) in [([1], true), ([1, 1], true), ([2], false), ([3, 2], false), ([3, 1], true)] {
      let model = ModelBytes(opset: opset) {
        $0.input("x", [3, 2])
        $0.initializer("w", [2, 2])
        $0.initializer("b", shape)
        $0.node("Gemm", ["x", "w", "b"], ["c"], attributes: opset < 7 ? [.int("broadcast", 1)] : [])
        $0.norm("c", "y", .int("is_test", 1))
        $0.output("y")
      }
      let patch = try patch(model)
      #expect(patch.newTensors.map(\.name) == (isNew ? ["b_folded"] : []))
      let isStated = isNew && opset < 7 && shape != [3, 1]
      #expect(patch.integers.map(\.attribute) == (isStated ? ["broadcast"] : []))
      #expect(patch.integers.map(\.value) == (isStated ? [1] : []))
    }
  }

  @Test(arguments: [1, 6, 7, 13])
  func `a Conv's new bias needs no attribute in any version`(opset: Int) throws {
    let model = ModelBytes(opset: opset) {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c")
      $0.norm("c", "y", .int("is_test", 1))
      $0.output("y")
    }
    let patch = try patch(model)
    #expect(patch.newTensors.map(\.shape) == [[2]] && patch.integers.isEmpty && patch.newNodes.isEmpty)
  }

  @Test func `in the model that an old Add is put in it has its attributes`() throws {
    let model = ModelBytes(opset: 6, irVersion: 3) {
      $0.input("x", [nil, 3])
      $0.input("w", [3, 2])
      $0.initializer("w", [3, 2])
      for name in ["gamma", "beta", "mean", "variance"] { $0.input("y.\(name)", [2]) }
      $0.node("MatMul", ["x", "w"], ["m"], name: "product")
      $0.norm("m", "y", .int("is_test", 1))
      $0.output("y")
    }
    var options = ReadingOptions()
    options.freezesInitializers = true
    let reading = try model.reading(in: folder, options: options)
    let graph = try reading.edits(for: try reading.plan()).applied().graph
    let add = try #require(graph.nodes.last)
    #expect(graph.nodes.map(\.operatorType) == ["MatMul", "Add"] && add.name == "product_bias")
    #expect(try add.attribute("broadcast")?.integer() == 1 && add.attribute("axis")?.integer() == 1)
    #expect(graph.inputs.map(\.name) == ["x", "w", "m_bias"])
  }
}
