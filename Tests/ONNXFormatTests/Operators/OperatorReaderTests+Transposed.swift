import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// Matrices that a Transpose makes, as exporters write `x · Wᵀ`.
extension OperatorReaderTests {
  @Test(
    arguments: [
      ("MatMul", [5, 3], nil), ("MatMul", [5, 3], [1, 0]), ("Gemm", [5, 3], [1, 0]), ("MatMul", [4, 5, 3], [0, 2, 1]),
    ] as [(String, [Int], [Int]?)])
  func `a matrix that is stored the other way round has its channels in its rows`(
    type: String, stored: [Int], order: [Int]?
  ) throws {
    let reading = try reading(type, stored, order)
    let linear = try #require(reading.operation(writing: "c")?.linear)
    #expect(reading.graph[linear.weight].name == "w" && linear.channels == 5)
    #expect(
      linear.weightMap == ChannelMap(pre: stored.dropLast(2).reduce(1, *), groups: 1, mid: 1, perGroup: 5, post: 3))
    let columns = ChannelMap(pre: stored.dropLast().reduce(1, *), groups: 1, mid: 1, perGroup: 3, post: 1)
    #expect(linear.input?.map == columns)
    let weight = try #require(reading.indirectWeights[OperatorID(1)])
    #expect(weight.isTransposed && weight.reader == OperatorID(0) && weight.shape.suffix(2) == [3, 5])
  }

  @Test func `twice turned is as it was stored`() throws {
    let linear = try #require(
      try reading("Gemm", [3, 5], [1, 0], .int("transB", 1)).operation(writing: "c")?.linear)
    #expect(linear.weightMap == ChannelMap(pre: 3, groups: 1, mid: 1, perGroup: 5, post: 1))
    #expect(linear.input?.map == ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: 3, post: 5))
  }

  @Test func `a matrix on the left has its channels in its stored columns`() throws {
    let model = ModelBytes {
      $0.input("x", [nil, 3, 7])
      $0.initializer("w", [3, 5])
      $0.node("Transpose", ["w"], ["t"])
      $0.node("MatMul", ["t", "x"], ["c"])
    }
    let linear = try #require(try model.reading(in: folder).operation(writing: "c")?.linear)
    #expect(linear.weightMap == ChannelMap(pre: 3, groups: 1, mid: 1, perGroup: 5, post: 1))
    #expect(linear.channelAxis == 1 && linear.outputRank == 3)
  }

  @Test(arguments: [[0, 1], [2, 1, 0], [1, 0, 2], [0, 1, 2]])
  func `another order makes a value that is computed`(order: [Int]) throws {
    let stored = Array([4, 5, 3].suffix(order.count))
    #expect(
      try reading("MatMul", stored, order).refusal(of: "c")
        == DeclineReason(.weightNotConstant, "MatMul beside it: its weight 't' is computed when the model runs"))
  }

  @Test func `a convolution's weight is not turned`() throws {
    #expect(
      try reading("Conv", [4, 5, 3], [0, 2, 1]).refusal(of: "c")
        == DeclineReason(.weightNotConstant, "the weight of the Conv is made by a Transpose"))
  }

  @Test(arguments: [true, false])
  func `nor are integers, before or behind what makes numbers of them`(isBefore: Bool) throws {
    let model = ModelBytes {
      $0.input("x", [nil, 3])
      $0.initializer(TensorBytes("q", type: 3, [2, 3], raw: [1, 2, 3, 4, 5, 6]))
      $0.initializer("s", [2])
      if isBefore { $0.node("Transpose", ["q"], ["t"]) }
      $0.node("DequantizeLinear", [isBefore ? "t" : "q", "s"], ["d"], .int("axis", isBefore ? 1 : 0))
      if !isBefore { $0.node("Transpose", ["d"], ["t"]) }
      $0.node("MatMul", ["x", isBefore ? "d" : "t"], ["c"])
    }
    #expect(
      try model.reading(in: folder).refusal(of: "c")
        == DeclineReason(
          .weightNotConstant,
          "MatMul beside it: its weight '\(isBefore ? "d" : "t")' is computed when the model runs"))
  }

  private func reading(
    _ type: String, _ stored: [Int], _ order: [Int]?, _ attributes: AttributeBytes...
  ) throws -> ModelReading {
    try ModelBytes {
      $0.input("x", Array(repeating: nil, count: max(stored.count, 2)))
      $0.initializer("w", stored)
      $0.node("Transpose", ["w"], ["t"], attributes: order.map { [.ints("perm", $0)] } ?? [])
      $0.node(type, ["x", "t"], ["c"], attributes: attributes)
    }.reading(in: folder)
  }
}
