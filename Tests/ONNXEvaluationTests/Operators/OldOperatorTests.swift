import Equivalence
import ONNXModelTests
import Tensors
import Testing

@testable import ONNXEvaluation

/// What operators meant in operator sets that ONNX's own tests no longer cover.
@Suite struct OldOperatorTests {
  @Test(
    arguments: [
      ([.int("broadcast", 1), .int("axis", 0)], reals([10, 20]), [11, 12, 13, 24, 25, 26]),
      ([.int("broadcast", 1), .int("axis", 1)], reals([10, 20, 30]), [11, 22, 33, 14, 25, 36]),
      ([.int("broadcast", 1)], reals([10, 20, 30]), [11, 22, 33, 14, 25, 36]),
      ([.int("broadcast", 1)], scalar(10), [11, 12, 13, 14, 15, 16]),
    ] as [([AttributeBytes], Tensor, [Double])])
  func `before opset 7 an attribute says where the second operand lies`(
    attributes: [AttributeBytes], second: Tensor, expected: [Double]
  ) throws {
    let model = ModelBytes(opset: 6) {
      $0.input("a", [2, 3])
      $0.input("b", nil)
      $0.node("Add", ["a", "b"], ["y"], attributes: attributes)
      $0.output("y")
    }
    let a = reals([1, 2, 3, 4, 5, 6], [2, 3])
    #expect(try model.result(["a": a, "b": second]).doubles == expected)
  }

  @Test func `comparisons before opset 7 align so too`() throws {
    let less = OneNode("Less", opset: 6, .int("broadcast", 1), .int("axis", 0))
    #expect(try less(reals([1, 5, 1, 5], [2, 2]), reals([2, 0])).doubles == [1, 0, 0, 0])
  }

  @Test func `Softmax before opset 13 makes one row of all later axes`() throws {
    let x = zeros([2, 2, 2])
    #expect(try OneNode("Softmax", opset: 11)(x).doubles == Array(repeating: 0.25, count: 8))
    #expect(try OneNode("Softmax", opset: 11, .int("axis", 0))(x).doubles == Array(repeating: 0.125, count: 8))
    #expect(try OneNode("Softmax", opset: 13)(x).doubles == Array(repeating: 0.5, count: 8))
  }

  @Test func `Slice takes attributes before opset 10`() throws {
    let slice = OneNode("Slice", opset: 1, .ints("starts", [0, -2]), .ints("ends", [1, 1000]), .ints("axes", [0, 1]))
    let result = try slice(reals([1, 2, 3, 4, 5, 6], [2, 3]))
    #expect(result.shape == [1, 2] && result.doubles == [2, 3])
    #expect(try OneNode("Slice", opset: 1, .ints("starts", [1]), .ints("ends", [2]))(reals([1, 2, 3])).doubles == [2])
  }

  @Test(arguments: [("constant", [9, 1, 2, 9, 9]), ("edge", [1, 1, 2, 2, 2]), ("reflect", [2, 1, 2, 1, 2])])
  func `Pad takes attributes before opset 11`(mode: String, expected: [Double]) throws {
    let pad = OneNode("Pad", opset: 2, .ints("pads", [1, 2]), .string("mode", mode), .float("value", 9))
    #expect(try pad(reals([1, 2])).doubles == expected)
    #expect(try OneNode("Pad", opset: 1, .ints("paddings", [1, 0]))(reals([1, 2])).doubles == [0, 1, 2])
  }

  @Test func `Upsample's scales are attributes in opset 7 and an input in opset 9`() throws {
    let x = reals([1, 2], [1, 1, 1, 2])
    let nearest = OneNode("Upsample", opset: 7, .floats("scales", [1, 1, 2, 2]))
    #expect(try nearest(x).doubles == [1, 1, 2, 2, 1, 1, 2, 2])
    let linear = OneNode("Upsample", opset: 9, .string("mode", "linear"))
    #expect(try linear(x, reals([1, 1, 1, 2])).doubles == [1, 1.5, 2, 2])
    let first = OneNode("Upsample", opset: 1, .float("height_scale", 1), .float("width_scale", 2))
    #expect(try first(x).doubles == [1, 1, 2, 2])
  }

  @Test func `Resize of opset 10 rounds up when making smaller and down otherwise`() throws {
    let x = reals([1, 2, 3, 4, 5])
    #expect(try OneNode("Resize", opset: 10)(x, reals([0.6])).doubles == [1, 3, 5])
    #expect(try OneNode("Resize", opset: 10)(reals([1, 2]), reals([2])).doubles == [1, 1, 2, 2])
  }

  @Test func `BatchNormalization before opset 7 trains unless it is told not to`() throws {
    let inputs = [reals([1, 2], [1, 2]), reals([2, 4]), reals([1, 0]), reals([0, 1]), reals([3, 0])]
    func run(_ node: OneNode) throws -> Evaluation { try node.evaluation(inputs) }
    let tested = try run(OneNode("BatchNormalization", opset: 6, .int("is_test", 1), .float("epsilon", 1)))
    #expect(tested.outputs[0]?.tensor?.doubles == [2, 4])
    let trained = try run(OneNode("BatchNormalization", opset: 6))
    #expect(trained.unexecuted.map(\.reason) == ["BatchNormalization is in training mode"])
  }

  /// An attribute that the operator set does not have was written by somebody who meant it.
  @Test(
    arguments: [
      OneNode("BatchNormalization", opset: 13, .int("training_mode", 1)),
      OneNode("BatchNormalization", opset: 6, .int("is_test", 1), .int("training_mode", 1)),
      OneNode("BatchNormalization", opset: 9, .int("is_test", 0)),
      OneNode("BatchNormalization", opset: 15, .int("is_test", 0)),
      OneNode("BatchNormalization", opset: 9, outputs: 5), OneNode("BatchNormalization", opset: 15, outputs: 3),
    ])
  func `BatchNormalization trains where anything says so`(node: OneNode) throws {
    let inputs = [reals([1, 2], [1, 2]), reals([2, 4]), reals([1, 0]), reals([0, 1]), reals([3, 0])]
    let reasons = try node.evaluation(inputs).unexecuted.map(\.reason)
    #expect(reasons.first == "BatchNormalization is in training mode")
  }

  @Test(
    arguments: [
      OneNode("Dropout", opset: 9, .int("is_test", 0)), OneNode("Dropout", opset: 17, .int("training_mode", 1)),
    ])
  func `Dropout trains where anything says so`(node: OneNode) throws {
    #expect(try node.failure(reals([1, -2])) == "Dropout in training mode is random")
  }

  @Test func `BatchNormalization before opset 9 may have parameters for each place`() throws {
    let node = OneNode("BatchNormalization", opset: 7, .int("spatial", 0), .float("epsilon", 0))
    let result = try node(
      reals([1, 2, 3, 4], [1, 2, 2]), reals([1, 1, 1, 2]), reals([0, 0, 0, 1]), reals([0, 1, 2, 3]),
      reals([1, 1, 1, 1]))
    #expect(result.doubles == [1, 1, 1, 3])
  }

  @Test func `Dropout passes its input on and gives a mask of ones`() throws {
    let x = reals([1, -2])
    let old = try OneNode("Dropout", opset: 6, outputs: 2, .int("is_test", 1)).results(x)
    #expect(old[0].doubles == [1, -2] && old[1].doubles == [1, 1] && old[1].kind == .float32)
    let new = try OneNode("Dropout", opset: 12, outputs: 2).results(x)
    #expect(new[1].kind == .bool && new[1].doubles == [1, 1])
    #expect(try OneNode("Dropout", opset: 6).failure(x) == "Dropout in training mode is random")
    #expect(
      try OneNode("Dropout", opset: 13).failure(x, scalar(0.5 as Float), truths([true], []))
        == "Dropout in training mode is random")
  }

  @Test(
    arguments: [
      ("INT32", .int32, [1, -1]), ("FLOAT16", .float16, [1.5, -1.5]), ("DOUBLE", .float64, [1.5, -1.5]),
      ("BOOL", .bool, [1, 1]), ("FLOAT", .float32, [1.5, -1.5]), ("INT64", .int64, [1, -1]),
    ] as [(String, ElementType, [Double])])
  func `Cast of opset 1 names its type`(name: String, kind: ElementType, expected: [Double]) throws {
    let result = try OneNode("Cast", opset: 1, .string("to", name))(reals([1.5, -1.5]))
    #expect(result.kind == kind && result.doubles == expected)
  }

  @Test func `Squeeze and Unsqueeze take attributes before opset 13`() throws {
    #expect(try OneNode("Squeeze", opset: 1, .ints("axes", [0]))(zeros([1, 2, 1])).shape == [2, 1])
    #expect(try OneNode("Squeeze", opset: 1)(zeros([1, 2, 1])).shape == [2])
    #expect(try OneNode("Unsqueeze", opset: 11, .ints("axes", [0, -1]))(zeros([2])).shape == [1, 2, 1])
  }

  @Test func `Split takes an attribute before opset 13, and an input in opset 1`() throws {
    let x = reals([1, 2, 3, 4])
    let parts = try OneNode("Split", opset: 2, outputs: 2, .ints("split", [1, 3])).results(x)
    #expect(parts.map(\.doubles) == [[1], [2, 3, 4]])
    let first = try OneNode("Split", opset: 1, outputs: 2).results(x, integers([3, 1]))
    #expect(first.map(\.doubles) == [[1, 2, 3], [4]])
    #expect(try OneNode("Split", opset: 2, outputs: 2).results(x).map(\.doubles) == [[1, 2], [3, 4]])
  }

  @Test func `TopK takes an attribute before opset 10`() throws {
    let results = try OneNode("TopK", opset: 1, outputs: 2, .int("k", 2)).results(reals([3, 9, 1, 9]))
    #expect(results.map(\.doubles) == [[9, 9], [1, 3]])
  }

  @Test func `Gemm before opset 7 says that C repeats`() throws {
    let gemm = OneNode("Gemm", opset: 6, .int("broadcast", 1), .float("alpha", 2), .float("beta", 3), .int("transB", 1))
    let result = try gemm(reals([1, 2], [1, 2]), reals([1, 0, 0, 1, 1, 1], [3, 2]), reals([1]))
    #expect(result.shape == [1, 3] && result.doubles == [5, 7, 9])
  }

  @Test func `PRelu before opset 7 has a slope for each channel`() throws {
    let x = reals([-1, -1, -1, -1], [1, 2, 2])
    #expect(try OneNode("PRelu", opset: 6)(x, reals([0.5, 2])).doubles == [-0.5, -0.5, -2, -2])
    #expect(try OneNode("PRelu", opset: 6)(x, reals([3])).doubles == [-3, -3, -3, -3])
  }

  @Test func `Tile of opset 1 repeats one axis`() throws {
    let result = try OneNode("Tile", opset: 1)(reals([1, 2], [1, 2]), integers([2], []), integers([1], []))
    #expect(result.shape == [1, 4] && result.doubles == [1, 2, 1, 2])
  }

  @Test func `Reshape of opset 1 has its shape in an attribute`() throws {
    #expect(try OneNode("Reshape", opset: 1, .ints("shape", [0, -1]))(zeros([2, 3, 4])).shape == [2, 12])
  }

  @Test func `Concat of opset 1 joins along axis 1`() throws {
    let result = try OneNode("Concat", opset: 1)(reals([1, 2], [2, 1]), reals([3, 4], [2, 1]))
    #expect(result.shape == [2, 2] && result.doubles == [1, 3, 2, 4])
  }

  @Test func `Clip takes attributes before opset 11`() throws {
    let clip = OneNode("Clip", opset: 6, .float("min", 0), .float("max", 1))
    #expect(try clip(reals([-1, 0.5, 2])).doubles == [0, 0.5, 1])
    #expect(try OneNode("Clip", opset: 6)(reals([-1, 2])).doubles == [-1, 2])
  }

  @Test func `reductions take attributes before opset 18`() throws {
    let sum = OneNode("ReduceMean", opset: 13, .ints("axes", [0]), .int("keepdims", 0))
    #expect(try sum(reals([1, 2, 3, 6], [2, 2])).doubles == [2, 4])
  }

  @Test func `GroupNormalization before opset 21 has a parameter for each group`() throws {
    let node = OneNode("GroupNormalization", opset: 18, .int("num_groups", 1), .float("epsilon", 0))
    #expect(try node(reals([1, 3], [1, 2, 1]), reals([2]), reals([5])).doubles == [3, 7])
  }

  @Test func `Scan of opset 8 has a batch in front`() throws {
    let body = GraphBytes {
      $0.input("s", [1])
      $0.input("e", [1])
      $0.node("Add", ["s", "e"], ["t"])
      $0.node("Identity", ["t"], ["o"])
      for name in ["t", "o"] { $0.output(name) }
    }
    let node = OneNode("Scan", opset: 8, outputs: 2, .graph("body", body), .int("num_scan_inputs", 1))
    let results = try node.results(nil, zeros([2, 1]), reals([1, 2, 3, 10, 20, 30], [2, 3, 1]))
    #expect(results[0].doubles == [6, 60] && results[1].doubles == [1, 3, 6, 10, 30, 60])
  }
}
