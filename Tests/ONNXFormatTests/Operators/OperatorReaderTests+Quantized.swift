import BatchNormFolding
import ONNXModel
import ONNXModelTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// Weights that are stored as integers, of which a fold changes the scales.
extension OperatorReaderTests {
  /// A weight of two channels: its operator, and the axis of the integers along which they lie.
  struct Layout: Sendable, CustomTestStringConvertible {
    let type: String
    let attributes: [AttributeBytes]
    let shape: [Int]
    let axis: Int
    var side = 1
    var activation: [Int?] = [nil, 3]

    init(
      _ type: String, _ attributes: AttributeBytes..., shape: [Int], axis: Int, side: Int = 1,
      activation: [Int?] = [nil, 3]
    ) {
      (self.type, self.attributes, self.shape, self.axis) = (type, attributes, shape, axis)
      (self.side, self.activation) = (side, activation)
    }

    var testDescription: String { "\(type) with a weight \(shape), channels along axis \(axis)" }

    var model: QuantizedModel {
      QuantizedModel(type: type, attributes: attributes, shape: shape, axis: axis, side: side, activation: activation)
    }

    static let all: [Layout] = [
      Layout("Conv", shape: [2, 3, 1], axis: 0, activation: [nil, 3, nil]),
      Layout("Conv", .int("group", 2), shape: [2, 3, 1, 2], axis: 0, activation: [nil, 6, nil, nil]),
      Layout("ConvTranspose", shape: [3, 2, 4], axis: 1, activation: [nil, 3, nil]),
      Layout("Gemm", shape: [3, 2], axis: 1), Layout("Gemm", .int("transB", 1), shape: [2, 3], axis: 0),
      Layout("MatMul", shape: [3, 2], axis: 1), Layout("MatMul", shape: [4, 3, 2], axis: 2),
      Layout("MatMul", shape: [2, 3], axis: 0, side: 0, activation: [nil, 3, 5]),
    ]
  }

  @Test(arguments: Layout.all, [true, false])
  func `scales along the channels are what a fold changes`(layout: Layout, isFromEnd: Bool) throws {
    var model = layout.model
    if isFromEnd { model.axis = layout.axis - layout.shape.count }
    let linear = try model.linear(in: folder)
    #expect(linear.weightMap == ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: 2, post: 1))
    // Nothing may stand before or beside: integers are no numbers that a shift could be added up from.
    #expect(linear.hasOnlyPositiveScales && linear.input == nil && linear.identityElements == nil)
    let reading = try model.model().reading(in: folder)
    #expect(reading.graph[linear.weight].name == "s")
    let weight = try #require(reading.indirectWeights[OperatorID(1)])
    let quantization = try #require(weight.quantization)
    #expect(weight.shape == layout.shape && weight.reader == OperatorID(0) && !weight.isReaderShared)
    #expect(quantization.channelAxis == layout.axis && quantization.axis == layout.axis && !quantization.isPerTensor)
    #expect(quantization.map?.elementCount == layout.shape.reduce(1, *) && quantization.map?.channels == 2)
    #expect(reading.constants[quantization.integers.index].type == .int8 && quantization.zeroPoint == nil)
  }

  @Test(arguments: Layout.all)
  func `scales along another axis serve several channels`(layout: Layout) throws {
    var model = layout.model
    for axis in layout.shape.indices where axis != layout.axis {
      model.axis = axis
      (model.scaleShape, model.scales) = ([layout.shape[axis]], Array(repeating: 1, count: layout.shape[axis]))
      // One alone is that of all integers.
      guard layout.shape[axis] > 1 else { continue }
      #expect(
        try model.refusal(in: folder)
          == DeclineReason(
            .weightQuantized, "the weight of the \(layout.type) has scales that serve several channels"))
    }
  }

  @Test(arguments: Layout.all, [[], [1]])
  func `one scale for all becomes one per channel, from opset 13 on`(layout: Layout, shape: [Int]) throws {
    var model = layout.model
    (model.scaleShape, model.scales, model.axis) = (shape, [0.5], nil)
    for opset in [13, 17, 21] {
      model.opset = opset
      #expect(try model.linear(in: folder).weightMap == ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: 2, post: 1))
    }
    for opset in [10, 12] {
      model.opset = opset
      #expect(
        try model.refusal(in: folder)
          == DeclineReason(
            .weightQuantized,
            "the weight of the \(layout.type), which is quantized, has one scale, and before opset 13 there are none "
              + "per channel"))
    }
  }

  @Test(arguments: [[2], []])
  func `a grouped transposed convolution has no axis of all its channels`(scaleShape: [Int]) throws {
    let model = QuantizedModel(
      type: "ConvTranspose", attributes: [.int("group", 2)], shape: [2, 2, 1], scaleShape: scaleShape,
      scales: Array(repeating: 1, count: scaleShape.first ?? 1), axis: 1)
    #expect(
      try model.refusal(in: folder)
        == DeclineReason(.weightQuantized, "the weight of the ConvTranspose has scales that serve several channels"))
  }

  @Test(arguments: [3, -4, .max, .min])
  func `an axis that the integers lack takes nothing in`(axis: Int) throws {
    #expect(
      try QuantizedModel(axis: axis).refusal(in: folder)
        == DeclineReason(
          .weightQuantized, "the weight of the Conv, which is quantized, has an axis \(axis) that it lacks"))
  }

  /// Blocks of two along the axis that is summed over leave each channel scales of its own.
  @Test(arguments: [("MatMul", 0, 1), ("MatMul", 1, 1), ("Gemm", 0, 1), ("Gemm", 0, 0), ("Gemm", 1, 0)])
  func `blocks within channels are scaled, blocks across them not`(type: String, axis: Int, channelAxis: Int) throws {
    let model = QuantizedModel(
      type: type, attributes: channelAxis == 0 ? [.int("transB", 1)] : [], opset: 21, shape: [4, 4],
      scaleShape: axis == 0 ? [2, 4] : [4, 2], scales: Array(repeating: 1, count: 8), axis: axis, blockSize: 2,
      activation: [nil, 4])
    guard axis != channelAxis else {
      return #expect(
        try model.refusal(in: folder)
          == DeclineReason(.weightQuantized, "the weight of the \(type) has scales that serve several channels"))
    }
    #expect(
      try model.linear(in: folder).weightMap
        == (channelAxis == 1
          ? ChannelMap(pre: 2, groups: 1, mid: 1, perGroup: 4, post: 1)
          : ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: 4, post: 2)))
  }
}
