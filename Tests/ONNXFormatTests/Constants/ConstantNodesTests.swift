import BatchNormFolding
import ModelGraph
import ONNXModel
import ONNXModelTests
import ProtobufIOTests
import Tensors
import Testing

@testable import ONNXFormat

@Suite struct ConstantNodesTests {
  private let folder = TemporaryFolder()

  /// What the gamma of a norm is made by, with the elements that this makes.
  private func work(_ build: (inout GraphBytes) -> Void) throws -> Int? {
    let model = ModelBytes(opset: 17) { graph in
      graph.input("x", [nil, 2, nil, nil])
      build(&graph)
    }
    let reading = try model.reading(in: folder)
    let value = try #require(reading.values.indices.last)
    return try ConstantNodes(making: .init(value), in: reading)?.work
  }

  private let node = ComputationBudget.elementsPerNode

  @Test func `its work is all that its nodes make, with what they read`() throws {
    let made = try work {
      $0.initializer("w", [3, 4])
      $0.node("Mul", ["w", "w"], ["a"])
      $0.node("ReduceSum", ["a"], ["k"], .int("keepdims", 0))
    }
    #expect(made == 12 + (12 + node) + (1 + node))
  }

  @Test func `a product counts by what it multiplies`() throws {
    let made = try work {
      $0.initializer("w", [64, 64])
      $0.node("MatMul", ["w", "w"], ["k"])
    }
    let products = 64 * 64 * ((64 + 1) / ComputationBudget.productsPerElement + 1)
    #expect(made == 64 * 64 + products + node)
  }

  @Test func `what the file says of a result is not what counts`() throws {
    let made = try work {
      $0.initializer("w", [3])
      $0.node("NonZero", ["w"], ["a"])
      $0.note("a", [1, 2], type: 7)
      $0.node("Cast", ["a"], ["b"], .int("to", 1))
      $0.note("b", [1, 2])
      $0.node("Neg", ["b"], ["k"])
      $0.note("k", [1, 2])
    }
    #expect(made == nil)
  }

  @Test func `a constant that was worked out before is read, not made again`() throws {
    let model = ModelBytes(opset: 17) {
      $0.input("x", [nil, 1, nil, nil])
      $0.initializer("g", [2], [1, 2])
      $0.node("Neg", ["g"], ["a"])
      $0.conv("x", "c")
      $0.normParameters("n")
      $0.node("BatchNormalization", ["c", "a", "n.beta", "n.mean", "n.variance"], ["y"])
      $0.node("Abs", ["a"], ["k"])
      $0.output("y")
    }
    var options = ReadingOptions()
    options.evaluate = { _ in EvaluatedConstant(shape: [2], typeName: "float32", elements: [-1, -2]) }
    let reading = try model.reading(in: folder, options: options)
    let value = try #require(reading.values.indices.last)
    let nodes = try #require(try ConstantNodes(making: .init(value), in: reading))
    #expect(nodes.nodes.map { reading.nodes[$0.index].operatorType } == ["Abs"] && nodes.tensors.isEmpty)
    #expect(nodes.known.map(\.contents.elements) == [[-1, -2]])
    #expect(nodes.work == 2 + 2 + node)
  }

  @Test func `a norm whose parameter takes too much stays, and says so`() throws {
    let model = ModelBytes(opset: 17) {
      $0.input("x", [nil, 1, nil, nil])
      $0.initializer(.int64("s", [1], [1 << 25]))
      $0.initializer(.int64("two", [1], [2]))
      $0.node("ConstantOfShape", ["s"], ["big"])
      $0.node("ReduceMax", ["big"], ["most"], .int("keepdims", 0))
      $0.node("Expand", ["most", "two"], ["g"])
      $0.conv("x", "c")
      $0.normParameters("n")
      $0.node("BatchNormalization", ["c", "g", "n.beta", "n.mean", "n.variance"], ["y"])
      $0.output("y")
    }
    var options = ReadingOptions()
    options.evaluate = { _ in
      Issue.record("nothing may be worked out")
      return nil
    }
    let plan = try model.reading(in: folder, options: options).plan()
    guard case .declined(let reason)? = plan.outcomes.first?.result else {
      Issue.record("the norm went")
      return
    }
    #expect(reason.code.text == "parameter-not-constant")
    #expect(reason.text == "its gamma 'g' takes more to work out than the model's size allows")
  }
}
