import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXFormat

/// What the integers and scales of a patched model stand for, by the definition of DequantizeLinear.
extension PatchApplierTests {
  /// Of powers of two, so that every product is exact.
  ///
  /// A norm has its channels in axis 1, so that a product of many
  /// matrices is none of its operators.
  @Test(
    arguments: OperatorReaderTests.Layout.all.filter { $0.axis < 2 },
    [([4, 6], [2, 2]), ([-4, 12], [-2, 4])] as [([Float], [Float])])
  func `the weight is the norm's scale times what it was`(
    layout: OperatorReaderTests.Layout, norm: (gamma: [Float], scales: [Float])
  ) throws {
    for zeros in [nil, [3], [3, -5]] as [[Int]?] {
      for isPerTensor in [true, false] where !isPerTensor || zeros?.count != 2 {
        var model = layout.model
        model.gamma = norm.gamma
        // One zero point for each of several scales is what the specification asks for.
        model.zeros = !isPerTensor && zeros?.count == 1 ? [3, 3] : zeros
        if isPerTensor { (model.scaleShape, model.scales, model.axis) = ([], [0.5], nil) }
        let before = try weight(of: try model.model().document(in: folder).graph)
        let reading = try model.model().reading(in: folder)
        let after = try weight(of: try reading.edits(for: try reading.plan()).applied().graph)
        let inner = layout.shape[(layout.axis + 1)...].reduce(1, *)
        let expected = before.indices.map { before[$0] * norm.scales[$0 / inner % 2] }
        #expect(after == expected)
      }
    }
  }

  @Test func `others that read the weight still read what they did`() throws {
    for isPerTensor in [true, false] {
      var model = QuantizedModel(zeros: isPerTensor ? [3] : [3, 4], gamma: [4, -6])
      if isPerTensor { (model.scaleShape, model.scales, model.axis) = ([], [0.5], nil) }
      let bytes = model.model { $0.node("Relu", ["d"], ["o"]) }
      let before = try weight(of: try bytes.document(in: folder).graph, readBy: "Relu")
      let reading = try bytes.reading(in: folder)
      let graph = try reading.edits(for: try reading.plan()).applied().graph
      #expect(graph.nodes.map(\.operatorType).sorted() == ["Conv", "DequantizeLinear", "DequantizeLinear", "Relu"])
      #expect(try weight(of: graph, readBy: "Relu") == before)
      #expect(try weight(of: graph) == before.indices.map { before[$0] * ($0 < 2 ? 2 : -2) })
    }
  }

  /// The weight that an operator reads, in row-major order.
  private func weight(of graph: GraphView, readBy type: String? = nil) throws -> [Float] {
    let makers = graph.nodes.filter { $0.operatorType == "DequantizeLinear" }
    let reader = try #require(
      graph.nodes.first { node in
        type.map { node.operatorType == $0 } ?? !["DequantizeLinear", "BatchNormalization"].contains(node.operatorType)
      })
    let maker = try #require(makers.first { $0.outputs.first.map(reader.inputs.contains) ?? false })
    func bytes(_ index: Int) throws -> [UInt8] {
      try payloadBytes(#require(graph.initializers.first { $0.name == maker.inputs[index] }?.content))
    }
    let numbers = try bytes(0).map { Float(Int8(bitPattern: $0)) }
    let scale = try bytes(1)
    let scales = stride(from: 0, to: scale.count, by: 4).map { start in
      Float(bitPattern: scale[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
    let zeros = maker.inputs.count < 3 ? nil : try bytes(2).map { Float(Int8(bitPattern: $0)) }
    let shape = try #require(graph.initializers.first { $0.name == maker.inputs[0] }?.shape)
    let stated = try maker.attribute("axis")?.integer() ?? 1
    let axis = stated < 0 ? stated + shape.count : stated
    let inner = scales.count == 1 ? 1 : shape[(axis + 1)...].reduce(1, *)
    #expect(scales.count == 1 || scales.count == shape[axis])
    #expect(zeros == nil || zeros?.count == scales.count)
    return numbers.enumerated().map { index, number in
      let channel = index / inner % scales.count
      return (number - (zeros?[channel] ?? 0)) * scales[channel]
    }
  }
}
