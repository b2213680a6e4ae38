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

/// Folds into the scales of integers.
extension PatchBuilderTests {
  private static let dequantize = OperatorID(0)
  private static let conv = OperatorID(1)

  @Test func `scales along the channels are changed where they are, integers not at all`() throws {
    let patch = try patch(QuantizedModel().model())
    #expect(patch.contents.map(\.tensor.name) == ["s"])
    #expect(try payloadBytes(patch.contents[0].content) == littleEndian([1, 0.5]))
    #expect(patch.newTensors.map(\.name) == ["c_bias"] && patch.newNodes.isEmpty && patch.integers.isEmpty)
    #expect(patch.weights.isEmpty)
  }

  @Test func `what the scales make has other contents, and so another name`() throws {
    let patch = try patch(QuantizedModel().model())
    #expect(patch.outputs.map(\.node) == [Self.dequantize, Self.conv])
    #expect(patch.outputs.map(\.name) == ["d_folded", "y"])
    #expect(patch.inputs.contains { $0.node == Self.conv && $0.index == 1 && $0.name == "d_folded" })
    #expect(patch.removedValues[0]?.contains("d") == true)
  }

  @Test(arguments: [nil, [3]] as [[Int]?])
  func `one scale for all becomes one per channel, and so does its zero point`(zeros: [Int]?) throws {
    let patch = try patch(
      QuantizedModel(zeros: zeros, scaleShape: [], scales: [0.5], axis: nil, gamma: [4, 12]).model())
    #expect(patch.contents.isEmpty)
    let new = patch.newTensors.prefix(zeros == nil ? 1 : 2)
    #expect(new.map(\.name) == (zeros == nil ? ["s_folded"] : ["s_folded", "z_folded"]))
    #expect(new.map(\.shape) == new.map { _ in [2] } && new.map(\.reader) == new.map { _ in Self.dequantize })
    #expect(try payloadBytes(new[0].content) == littleEndian([1, 2]))
    if zeros != nil { #expect(try payloadBytes(new[1].content) == [3, 3] && new[1].type == .int8) }
    #expect(patch.integers.map(\.node) == [Self.dequantize] && patch.integers.map(\.attribute) == ["axis"])
    #expect(patch.integers.map(\.value) == [0])
    let removed: Set<Name> = patch.removedInitializers[0] ?? []
    #expect(removed.contains("s") && removed.contains("z") == (zeros != nil) && !removed.contains("q"))
  }

  @Test(arguments: [("ConvTranspose", [2, 2, 1], 1), ("Gemm", [2, 2], 1), ("MatMul", [2, 2], 1)])
  func `scales that become one per channel lie along the operator's channels`(
    type: String, shape: [Int], axis: Int
  ) throws {
    let model = QuantizedModel(
      type: type, shape: shape, scaleShape: [], scales: [0.5], axis: nil,
      activation: shape.count == 2 ? [nil, 2] : [nil, 2, nil])
    #expect(try patch(model.model()).integers.map(\.value) == [axis])
  }

  @Test(arguments: [nil, [5, 5], [5]] as [[Int]?])
  func `a negative scale turns the integers of its channel about their zero point`(zeros: [Int]?) throws {
    let isPerTensor = zeros?.count == 1
    let patch = try patch(
      QuantizedModel(
        integers: [1, 2, 3, -4], zeros: zeros, scaleShape: isPerTensor ? [] : [2],
        scales: isPerTensor ? [0.5] : [0.5, 0.25], axis: isPerTensor ? nil : 0, gamma: [4, -6]
      ).model())
    let turned = try #require(patch.contents.first { $0.tensor.name == "q" })
    let bytes = try payloadBytes(turned.content).map { Int(Int8(bitPattern: $0)) }
    #expect(bytes == (zeros == nil ? [1, 2, -3, 4] : [1, 2, 7, 14]))
    // The scales themselves stay above 0.
    let scales =
      patch.newTensors.first { $0.name == "s_folded" }?.content
      ?? patch.contents.first { $0.tensor.name == "s" }?.content
    #expect(try payloadBytes(#require(scales)) == littleEndian(isPerTensor ? [1, 1] : [1, 0.5]))
  }

  @Test func `integers that others read are copied to be turned, and only then`() throws {
    for gamma: [Float] in [[4, -6], [4, 6]] {
      let model = QuantizedModel(gamma: gamma).model { $0.node("Cast", ["q"], ["o"], .int("to", 1)) }
      let patch = try patch(model)
      #expect(patch.newTensors.map(\.name) == (gamma[1] < 0 ? ["q_folded", "c_bias"] : ["c_bias"]))
      #expect(patch.contents.map(\.tensor.name) == ["s"])
      #expect(patch.removedInitializers[0]?.contains("q") == false)
    }
  }

  @Test func `scales that others read are copied`() throws {
    let patch = try patch(QuantizedModel().model { $0.node("Relu", ["s"], ["o"]) })
    #expect(patch.contents.isEmpty && patch.newTensors.map(\.name) == ["s_folded", "c_bias"])
    #expect(patch.inputs.contains { $0.node == Self.dequantize && $0.index == 1 && $0.name == "s_folded" })
    #expect(patch.removedInitializers[0]?.contains("s") == false)
  }

  @Test(arguments: [false, true])
  func `where the weight itself has other readers its operator gets a DequantizeLinear of its own`(
    isPerTensor: Bool
  ) throws {
    var model = QuantizedModel(zeros: isPerTensor ? [3] : [3, 4], gamma: [4, -6])
    if isPerTensor { (model.scaleShape, model.scales, model.axis) = ([], [0.5], nil) }
    let patch = try patch(model.model { $0.node("Relu", ["d"], ["o"]) })
    #expect(patch.contents.isEmpty)
    let node = try #require(patch.newNodes.first)
    #expect(patch.newNodes.count == 1 && node.type == "DequantizeLinear" && node.predecessor == Self.dequantize)
    #expect(node.inputs == ["q_folded", "s_folded", isPerTensor ? "z_folded" : "z"] && node.output == "d_folded")
    #expect(node.attributes == Self.dequantize)
    #expect(node.integers.map(\.0) == (isPerTensor ? ["axis"] : []) && node.integers.allSatisfy { $0.1 == 0 })
    // The one that is there, and its axis, stay for the others.
    #expect(patch.integers.isEmpty && !patch.removedNodes.contains(Self.dequantize))
    #expect(patch.inputs.filter { $0.node == Self.dequantize }.isEmpty)
  }

  @Test func `scales in blocks keep their shape`() throws {
    let model = QuantizedModel(
      type: "MatMul", opset: 21, shape: [4, 2], scaleShape: [2, 2], scales: [1, 2, 3, 4], axis: 0, blockSize: 2,
      activation: [nil, 4], gamma: [4, 12])
    let patch = try patch(model.model())
    // Of each block of two rows one scale for each column.
    #expect(try payloadBytes(patch.contents[0].content) == littleEndian([2, 8, 6, 16]))
    #expect(patch.contents[0].tensor.shape == [2, 2] && patch.integers.isEmpty)
  }

  @Test(arguments: [([0, 6] as [Float], "would be 0"), ([4, -6], "not all of its integers")])
  func `a scale of 0, or a negative one of integers that cannot be turned, keeps its norm`(
    gamma: [Float], text: String
  ) throws {
    let reading = try QuantizedModel(integers: [1, 2, -128, 4], gamma: gamma).model().reading(in: folder)
    let reason = try #require(try reading.plan().outcomes.first?.result.reason)
    #expect(reason.code == .weightQuantized && reason.text.contains(text))
    let patch = try PatchBuilder.patch(for: try reading.plan(), in: reading)
    #expect(patch.contents.isEmpty && patch.newTensors.isEmpty && patch.removedNodes.isEmpty)
  }
}
