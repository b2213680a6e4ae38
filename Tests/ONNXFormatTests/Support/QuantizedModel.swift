import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXFormat

/// An operator with a weight that a DequantizeLinear 'd' makes of integers 'q', a scale 's' and a zero point 'z', and a
/// norm 'y' behind it that doubles.
struct QuantizedModel: Sendable {
  var type = "Conv"
  var attributes: [AttributeBytes] = []
  var opset = 17
  var shape = [2, 2, 1]

  /// int8 where nothing is said; they count from 1 where they are not given.
  var integerType = 3
  var integers: [Int]?
  var zeros: [Int]?
  var scaleShape: [Int] = [2]
  var scales: [Float] = [0.5, 0.25]
  var axis: Int? = 0
  var blockSize: Int?

  /// Which operand the weight is.
  var side = 1
  var activation: [Int?] = [nil, 2, nil]

  /// Of the norm: its scales are half of this and a third.
  var gamma: [Float] = [4, 6]

  /// A bias 'b' that a DequantizeLinear makes of integers 'bq' and scales 'bs'.
  var bias: (integers: [Int], scales: [Float])?

  /// Of the bias, named 'bz'; one for all where there is one.
  var biasZeros: [Int]?

  /// Whether the weight is; else it has two elements that are 1.
  var isQuantized = true

  func model(adding build: (inout GraphBytes) -> Void = { _ in }) -> ModelBytes {
    ModelBytes(opset: opset) { graph in
      graph.input("x", activation)
      add(to: &graph)
      build(&graph)
    }
  }

  private func add(to graph: inout GraphBytes) {
    let values = integers ?? Array(1...shape.reduce(1, *))
    if isQuantized {
      graph.initializer(Self.bytes("q", type: integerType, shape, values))
      graph.initializer("s", scaleShape, scales)
      if let zeros {
        graph.initializer(Self.bytes("z", type: integerType, zeros.count == 1 ? [] : [zeros.count], zeros))
      }
      let stated = (axis.map { [AttributeBytes.int("axis", $0)] } ?? [])
      graph.node(
        "DequantizeLinear", ["q", "s"] + (zeros == nil ? [] : ["z"]), ["d"],
        attributes: stated + (blockSize.map { [.int("block_size", $0)] } ?? []))
    } else {
      graph.initializer("d", shape, values.map { _ in 1 })
    }
    if let bias {
      let shape = [bias.integers.count]
      graph.initializer(
        TensorBytes("bq", type: 6, shape, raw: Self.littleEndianBytes(of: bias.integers, width: 4)))
      graph.initializer("bs", bias.scales.count == 1 ? [] : shape, bias.scales)
      if let biasZeros {
        let bytes = Self.littleEndianBytes(of: biasZeros, width: 4)
        graph.initializer(TensorBytes("bz", type: 6, biasZeros.count == 1 ? [] : shape, raw: bytes))
      }
      let inputs = ["bq", "bs"] + (biasZeros == nil ? [] : ["bz"])
      graph.node("DequantizeLinear", inputs, ["b"], attributes: opset < 13 ? [] : [.int("axis", 0)])
    }
    let operands = side == 1 ? ["x", "d"] : ["d", "x"]
    graph.node(type, operands + (bias == nil ? [] : ["b"]), ["c"], attributes: attributes)
    graph.normParameters("y")
    graph.initializer("g", [2], gamma)
    graph.node("BatchNormalization", ["c", "g", "y.beta", "y.mean", "y.variance"], ["y"], .float("epsilon", 1))
    graph.output("y", nil)
  }

  private static func bytes(_ name: String, type: Int, _ shape: [Int], _ values: [Int]) -> TensorBytes {
    TensorBytes(name, type: type, shape, raw: littleEndianBytes(of: values, width: type == 5 ? 2 : 1))
  }

  private static func littleEndianBytes(of values: [Int], width: Int) -> [UInt8] {
    values.flatMap { value in (0..<width).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
  }
}

extension QuantizedModel {
  /// The operator with the weight.
  func linear(in folder: TemporaryFolder) throws -> LinearOperator {
    try #require(try model().reading(in: folder).operation(writing: "c")?.linear)
  }

  /// Why nothing folds into the operator, nil if there is no reason.
  func refusal(in folder: TemporaryFolder) throws -> DeclineReason? {
    try model().reading(in: folder).refusal(of: "c")
  }
}
