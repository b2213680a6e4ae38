import Equivalence
import ONNXModelTests
import Tensors
import Testing

@testable import ONNXEvaluation

/// What ONNX's own tests leave open.
@Suite struct OperatorTableTests {
  @Test func `a name that is not known has no operation`() {
    #expect(OperatorTable<Float>()["Odd"].map { _ in true } == nil)
    #expect(OperatorTable<Float>()["Conv"].map { _ in true } == true)
    #expect(OperatorTable<Float>(empty: ())["Conv"].map { _ in true } == nil)
  }

  @Test(
    arguments: [
      (.int8, "Add", [127, 1], -128), (.uint8, "Add", [255, 1], 0), (.uint8, "Sub", [0, 1], 255),
      (.int16, "Mul", [256, 256], 0), (.int32, "Div", [-7, 2], -3), (.int32, "Div", [7, 0], 0),
      (.int32, "Mod", [-7, 3], 2), (.uint64, "Max", [1, 2], 2), (.int8, "Pow", [2, 7], -128),
    ] as [(ElementType, String, [Double], Double)])
  func `integers wrap around in their kind`(
    kind: ElementType, type: String, operands: [Double], expected: Double
  ) throws {
    let result = try OneNode(type)(numbers(kind, [operands[0]]), numbers(kind, [operands[1]]))
    #expect(result.kind == kind && result.doubles == [expected])
  }

  @Test func `negating the least integer gives itself`() throws {
    #expect(try OneNode("Neg")(numbers(.int8, [-128])).doubles == [-128])
    #expect(try OneNode("Abs")(integers([.min])).doubles == [-0x1p63])
  }

  @Test func `an empty tensor goes through most operators`() throws {
    #expect(try OneNode("Relu")(zeros([0, 3])).shape == [0, 3])
    #expect(try OneNode("Add")(zeros([0, 3]), zeros([3])).shape == [0, 3])
    #expect(try OneNode("MatMul")(zeros([2, 0]), zeros([0, 3])).doubles == [0, 0, 0, 0, 0, 0])
    #expect(try OneNode("Conv")(zeros([0, 1, 4, 4]), zeros([2, 1, 3, 3])).shape == [0, 2, 2, 2])
    #expect(try OneNode("Softmax")(zeros([2, 0])).shape == [2, 0])
    #expect(try OneNode("Concat", .int("axis", 0))(zeros([0]), reals([1])).doubles == [1])
    #expect(try OneNode("ReduceSum", .int("keepdims", 0))(zeros([2, 0]), integers([1])).doubles == [0, 0])
    #expect(try OneNode("Transpose")(zeros([0, 3])).shape == [3, 0])
    #expect(try OneNode("Einsum", .string("equation", "ij->i"))(zeros([2, 0])).doubles == [0, 0])
    #expect(try OneNode("GatherND")(reals([1, 2]), integers([], [3, 0])).shape == [3, 2])
  }

  @Test func `Slice takes places behind either end as that end`() throws {
    let slice = OneNode("Slice")
    let x = reals([1, 2, 3, 4])
    func run(_ start: Int64, _ end: Int64, _ step: Int64) throws -> [Double]? {
      try slice(x, integers([start]), integers([end]), integers([0]), integers([step])).doubles
    }
    #expect(try run(.min, .max, 1) == [1, 2, 3, 4])
    #expect(try run(.max, .min, -1) == [4, 3, 2, 1])
    #expect(try run(-2, .max, 1) == [3, 4])
    #expect(try run(3, 0, -2) == [4, 2])
    #expect(try run(2, 2, 1) == [])
    #expect(try run(0, 4, .max) == [1])
  }

  @Test func `NaN goes through maxima, minima and comparisons`() throws {
    #expect(try OneNode("Max")(reals([.nan, 1]), reals([1, .nan])).doubles?.allSatisfy { $0.isNaN } == true)
    #expect(try OneNode("Equal")(reals([.nan]), reals([.nan])).doubles == [0])
    let pool = OneNode("MaxPool", outputs: 2, .ints("kernel_shape", [2]))
    let results = try pool.results(reals([1, .nan, 0], [1, 1, 3]))
    #expect(results[0].doubles?.allSatisfy { $0.isNaN } == true && results[1].doubles == [1, 1])
    #expect(try OneNode("ReduceLogSumExp", .int("keepdims", 0))(reals([.nan])).doubles?.first?.isNaN == true)
  }

  @Test(
    arguments: [
      (.float32, .int8, [-1.9, 200], [-1, -56]), (.float32, .uint8, [255, 256], [255, 0]),
      (.float32, .bool, [0, 0.1], [0, 1]), (.int64, .float16, [2049], [2048]), (.float32, .float8e4m3fn, [500], [448]),
      (.uint64, .float32, [3], [3]), (.float32, .int4, [7, 8], [7, -8]),
    ] as [(ElementType, ElementType, [Double], [Double])])
  func `casts truncate, wrap around and round`(
    from: ElementType, to: ElementType, elements: [Double], expected: [Double]
  ) throws {
    let result = try OneNode("Cast", opset: 25, .int("to", to.number))(numbers(from, elements))
    #expect(result.kind == to && result.doubles == expected)
  }

  @Test func `text becomes numbers and numbers text`() throws {
    #expect(try OneNode("Cast", .int("to", 1))(texts(["1.5", "-inf", "1e3"])).doubles == [1.5, -.infinity, 1000])
    let result = try OneNode("Cast", .int("to", 8))(integers([-3]))
    guard case .text(let printed) = result.elements else {
      Issue.record("no text")
      return
    }
    #expect(printed == [Array("-3".utf8)])
  }

  @Test func `ranges run to their end and no further`() throws {
    #expect(try OneNode("Range")(whole(1), whole(6), whole(2)).doubles == [1, 3, 5])
    #expect(try OneNode("Range")(whole(3), whole(0), whole(-1)).doubles == [3, 2, 1])
    #expect(try OneNode("Range")(whole(3), whole(3), whole(1)).doubles == [])
    #expect(try OneNode("Range")(whole(3), whole(0), whole(1)).doubles == [])
    #expect(try OneNode("Range")(reals([0], []), reals([1], []), reals([0.25], [])).doubles == [0, 0.25, 0.5, 0.75])
  }

  @Test func `a convolution pads as it is told`() throws {
    let x = reals([1, 2, 3], [1, 1, 3])
    let w = reals([1, 1], [1, 1, 2])
    #expect(try OneNode("Conv", .string("auto_pad", "SAME_UPPER"))(x, w).doubles == [3, 5, 3])
    #expect(try OneNode("Conv", .string("auto_pad", "SAME_LOWER"))(x, w).doubles == [1, 3, 5])
    #expect(try OneNode("Conv", .string("auto_pad", "VALID"), .ints("pads", [9, 9]))(x, w).doubles == [3, 5])
    #expect(try OneNode("Conv", .ints("pads", [1, 0]))(x, w, reals([10])).doubles == [11, 13, 15])
  }

  @Test func `a transposed convolution is cut and lengthened`() throws {
    let x = reals([1, 2], [1, 1, 2])
    let w = reals([1, 10], [1, 1, 2])
    #expect(try OneNode("ConvTranspose", .ints("strides", [2]))(x, w).doubles == [1, 10, 2, 20])
    #expect(try OneNode("ConvTranspose")(x, w, reals([0.5])).doubles == [1.5, 12.5, 20.5])
    #expect(
      try OneNode("ConvTranspose", .ints("strides", [2]), .ints("output_padding", [1]))(x, w).doubles
        == [1, 10, 2, 20, 0])
    #expect(try OneNode("ConvTranspose", .ints("strides", [2]), .ints("pads", [1, 1]))(x, w).doubles == [10, 2])
  }

  @Test func `an axis counted from the end is the same axis`() throws {
    let x = reals([1, 2, 3, 4], [2, 2])
    for axis in [-1, 1] {
      #expect(try OneNode("ArgMax", .int("axis", axis), .int("keepdims", 0))(x).doubles == [1, 1])
      #expect(try OneNode("Concat", .int("axis", axis))(x, x).shape == [2, 4])
    }
    #expect(
      try OneNode("MeanVarianceNormalization", .ints("axes", [1, -1]))(reals([1, 3], [1, 2])).doubles == [-1, 1])
  }

  @Test func `a sequence is filled, read and emptied`() throws {
    let model = ModelBytes {
      $0.input("x", [1])
      $0.input("y", [1])
      $0.initializer(.int64("at", [], [-1]))
      $0.node("SequenceConstruct", ["x", "y"], ["s"])
      $0.node("SequenceInsert", ["s", "x"], ["t"])
      $0.node("SequenceErase", ["t", "at"], ["u"])
      $0.node("SequenceAt", ["u", "at"], ["last"])
      $0.node("SequenceLength", ["u"], ["n"])
      $0.node("ConcatFromSequence", ["t"], ["all"], .int("axis", 0))
      for name in ["last", "n", "all"] { $0.output(name) }
    }
    let outputs = try model.evaluation(["x": reals([1]), "y": reals([2])]).outputs
    #expect(outputs.map { $0?.tensor?.doubles } == [[2], [2], [1, 2, 1]])
  }

  @Test func `a quantized number comes back as near as its scale allows`() throws {
    let zero = numbers(.uint8, [10], [])
    let quantized = try OneNode("QuantizeLinear")(reals([0.25, -1, 100, 1.5]), reals([0.5], []), zero)
    #expect(quantized.kind == .uint8 && quantized.doubles == [10, 8, 210, 13])
    #expect(try OneNode("DequantizeLinear")(quantized, reals([0.5], []), zero).doubles == [0, -1, 100, 1.5])
  }
}
