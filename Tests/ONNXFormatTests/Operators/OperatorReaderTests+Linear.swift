import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// What operators with a weight mean.
extension OperatorReaderTests {
  @Test func `a weight may have more elements than any operator has channels`() throws {
    let reading = try ModelBytes {
      $0.input("x", [nil, 1 << 13])
      $0.initializer(.int64("s", [2], [1 << 13, 1 << 12]))
      $0.node("ConstantOfShape", ["s"], ["w"])
      $0.node("Gemm", ["x", "w"], ["c"])
    }.reading(in: folder)
    #expect(reading.graph[OperatorID(1)].linear?.channels == 1 << 12)
  }

  @Test(arguments: [([6, 3, 5], 1), ([6, 3, 2, 2], 1), ([6, 1, 3, 3, 3], 6), ([6, 2, 1], 3)])
  func `a convolution has its channels in the first axis of its weight`(shape: [Int], group: Int) throws {
    let linear = try linear("Conv", shape, [.int("group", group)])
    let rest = shape[1...].reduce(1, *)
    #expect(linear.weightMap == ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: 6, post: rest))
    #expect(linear.outputRank == shape.count && linear.channelAxis == 1)
    #expect(linear.weightFactor == 1)
    guard case .absent(hasSlot: true) = linear.bias else { return #expect(Bool(false), "it has no bias") }
  }

  @Test(arguments: [([4, 3, 5], 1), ([4, 3, 2, 2], 2), ([6, 1, 3], 6)])
  func `a transposed convolution has them in its groups and its second axis`(shape: [Int], group: Int) throws {
    let linear = try linear("ConvTranspose", shape, [.int("group", group)])
    let map = ChannelMap(
      pre: 1, groups: group, mid: shape[0] / group, perGroup: shape[1], post: shape[2...].reduce(1, *))
    #expect(linear.weightMap == map)
    #expect(linear.channels == group * shape[1])
  }

  @Test(arguments: ["Conv", "ConvTranspose"], [([4, 3], 1), ([5, 3, 1], 2), ([4, 3, 1], 0), ([4, 3, 1], -2)])
  func `a convolution whose weight does not fit its groups takes nothing in`(
    type: String, weight: (shape: [Int], group: Int)
  ) throws {
    let reason = DeclineReason(
      .channelMismatch, "the \(type) has a weight of shape \(weight.shape) and \(weight.group) groups")
    #expect(try refusal(type, weight.shape, [.int("group", weight.group)]) == reason)
  }

  @Test(arguments: ["Conv", "ConvTranspose"], [[3], [1]])
  func `a bias has a number for each channel`(type: String, shape: [Int]) throws {
    let reading = try reading(type, [2, 2, 1], [], bias: TensorBytes("b", shape))
    let reason = DeclineReason(
      .channelMismatch, "the \(type) has a bias of shape \(shape) for 2 channels")
    #expect(reading.refusal(of: "c") == reason)
  }

  @Test(arguments: ["Conv", "ConvTranspose", "Gemm"])
  func `a bias has the type of the weight`(type: String) throws {
    let bias = TensorBytes("b", type: 10, [2], raw: [0, 0, 0, 0])
    let reading = try reading(type, type == "Gemm" ? [2, 2] : [2, 2, 1], [], bias: bias)
    let reason = DeclineReason(.typeMismatch, "the \(type) has a bias of float16 and a weight of float32")
    #expect(reading.refusal(of: "c") == reason)
  }

  @Test func `a weight that is no floating-point number takes nothing in`() throws {
    let model = ModelBytes {
      $0.input("x", nil)
      $0.initializer(TensorBytes("w", type: 3, [1, 1, 1], raw: [1]))
      $0.node("Conv", ["x", "w"], ["c"], name: "n")
    }
    let reason = DeclineReason(.unsupportedType, "the weight 'w' of the Conv 'n' is int8")
    #expect(try model.reading(in: folder).refusal(of: "c") == reason)
  }

  @Test(arguments: ["Conv", "ConvTranspose", "Gemm", "MatMul"])
  func `a weight that is computed when the model runs takes nothing in`(type: String) throws {
    let model = ModelBytes {
      $0.input("x", [1, 1])
      $0.input("w", nil)
      $0.node(type, ["x", "w"], ["c"], name: "n")
    }
    let reason = DeclineReason(
      .weightNotConstant, "\(type) 'n' beside it: its weight 'w' is computed when the model runs")
    #expect(try model.reading(in: folder).refusal(of: "c") == reason)
  }

  @Test func `a bias that is computed when the model runs takes nothing in`() throws {
    let model = ModelBytes {
      $0.input("x", nil)
      $0.input("b", [1])
      $0.initializer("w", [1, 1, 1])
      $0.node("Conv", ["x", "w", "b"], ["c"])
    }
    let reason = DeclineReason(.biasNotConstant, "Conv beside it: its bias 'b' is computed when the model runs")
    #expect(try model.reading(in: folder).refusal(of: "c") == reason)
  }

  @Test func `a bias with an empty name is none`() throws {
    let model = ModelBytes {
      $0.input("x", nil)
      $0.initializer("w", [1, 1, 1])
      $0.node("Conv", ["x", "w", ""], ["c"])
    }
    let linear = try #require(try model.reading(in: folder).operation(writing: "c")?.linear)
    guard case .absent(hasSlot: true) = linear.bias else { return #expect(Bool(false), "it has no bias") }
  }

  @Test func `a weight with a note that it is quantized takes nothing in`() throws {
    let model = ModelBytes {
      $0.input("x", nil)
      $0.initializer("w", [1, 1, 1])
      $0.node("Conv", ["x", "w"], ["c"])
      $0.annotate("w", parameters: [])
    }
    let reason = DeclineReason(.weightQuantized, "the weight 'w' has a quantization annotation")
    #expect(try model.reading(in: folder).refusal(of: "c") == reason)
  }

  /// A Conv of 2 channels whose weight stores two of six elements.
  private func sparse(
    places: [Int] = [1, 5], of indexShape: [Int]? = nil, shape: [Int] = [2, 1, 3],
    adding build: (inout GraphBytes) -> Void = { _ in }
  ) throws -> ModelReading {
    try ModelBytes(irVersion: 8) {
      $0.input("x", [nil, 1, nil])
      $0.sparseInitializer(
        values: TensorBytes("w", [2], [3, 5]), indices: .int64("", indexShape ?? [places.count], places), shape: shape)
      build(&$0)
      $0.node("Conv", ["x", "w"], ["c"], name: "n")
    }.reading(in: folder)
  }

  @Test(arguments: [([1, 5], [2]), ([0, 0, 1, 1, 0, 2], [2, 3])])
  func `a weight that is stored sparsely has all its elements`(places: [Int], indices: [Int]) throws {
    let reading = try sparse(places: places, of: indices)
    let linear = try #require(reading.operation(writing: "c")?.linear)
    #expect(try reading.contents.elements(of: linear.weight) == [0, 3, 0, 0, 0, 5])
    #expect(reading.graph[linear.weight].shape == [2, 1, 3] && linear.identityElements == nil)
  }

  @Test(arguments: [[5, 1], [1, 1], [1, 6], [-1, 1], [1], [1, 2, 3]])
  func `places that do not ascend within the weight are not taken`(places: [Int]) throws {
    let reason = DeclineReason(
      .weightNotConstant,
      "Conv 'n' beside it: its weight 'w' lists 2 of 6 elements, which are too few or not in order")
    #expect(try sparse(places: places).refusal(of: "c") == reason)
  }

  @Test func `a weight that stores next to nothing of many elements takes nothing in`() throws {
    let reason = DeclineReason(
      .weightNotConstant,
      "Conv 'n' beside it: its weight 'w' lists 2 of 3072 elements, which are too few or not in order")
    #expect(try sparse(shape: [1024, 1, 3]).refusal(of: "c") == reason)
    #expect(try sparse(shape: [.max, .max, 3]).refusal(of: "c")?.code == .weightNotConstant)
  }

  @Test func `a sparse weight that a caller may override takes nothing in`() throws {
    #expect(try sparse { $0.input("w", [2, 1, 3]) }.refusal(of: "c")?.code == .overridableInitializer)
  }

  @Test func `a sparse weight that others read, or that comes by another name, takes nothing in`() throws {
    let reason = DeclineReason(
      .weightNotConstant, "the weight 'w' of the Conv 'n' is stored sparsely, and not for it alone")
    #expect(try sparse { $0.node("Relu", ["w"], ["r"]) }.refusal(of: "c") == reason)
    let renamed = try ModelBytes {
      $0.input("x", [nil, 1, nil])
      $0.sparseInitializer(
        values: TensorBytes("s", [2], [3, 5]), indices: .int64("", [2], [1, 5]), shape: [2, 1, 3])
      $0.node("Identity", ["s"], ["w"])
      $0.node("Conv", ["x", "w"], ["c"], name: "n")
    }.reading(in: folder)
    #expect(renamed.refusal(of: "c") == reason)
  }

  @Test(arguments: [0, 1])
  func `a Gemm has its channels in the columns of what it multiplies with`(transB: Int) throws {
    let linear = try linear("Gemm", [3, 5], [.int("transB", transB), .float("alpha", 0.1), .int("transA", 1)])
    let map =
      transB == 0
      ? ChannelMap(pre: 3, groups: 1, mid: 1, perGroup: 5, post: 1)
      : ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: 3, post: 5)
    #expect(linear.weightMap == map)
    #expect(linear.weightFactor == Double(Float(0.1)))
    #expect(linear.outputRank == 2 && linear.channelAxis == 1)
  }

  @Test(arguments: [
    ([], 1, false), ([1], 1, false), ([4], 1, true), ([1, 4], 1, true), ([1, 1], 1, false), ([3, 1], 3, false),
    ([3, 4], 3, true),
  ])
  func `a Gemm's bias broadcasts over rows and columns`(shape: [Int], rows: Int, isPerChannel: Bool) throws {
    let reading = try reading("Gemm", [2, 4], [.float("beta", -2)], bias: TensorBytes("b", shape))
    let linear = try #require(reading.operation(writing: "c")?.linear)
    guard case .constant(_, let layout, let factor) = linear.bias else {
      return #expect(Bool(false), "it has a bias")
    }
    #expect(layout == BiasLayout(rows: rows, isPerChannel: isPerChannel))
    #expect(factor == -2)
  }

  @Test(arguments: [[3], [3, 3], [1, 1, 4], [0, 4]])
  func `a Gemm's bias of another shape takes nothing in`(shape: [Int]) throws {
    let reading = try reading("Gemm", [2, 4], [], bias: TensorBytes("b", shape))
    #expect(
      reading.refusal(of: "c")
        == DeclineReason(.channelMismatch, "the Gemm has a bias of shape \(shape) for 4 channels"))
  }

  @Test func `a Gemm's bias times 0 is not there, constant or not`() throws {
    let model = ModelBytes {
      $0.input("x", nil)
      $0.input("b", [2])
      $0.initializer("w", [2, 2])
      $0.node("Gemm", ["x", "w", "b"], ["c"], .float("beta", 0))
    }
    let linear = try #require(try model.reading(in: folder).operation(writing: "c")?.linear)
    guard case .absent(hasSlot: true) = linear.bias else { return #expect(Bool(false), "it has no bias") }
  }

  @Test(arguments: [Float.infinity, .nan])
  func `a Gemm whose factors are no numbers takes nothing in`(factor: Float) throws {
    let alpha = DeclineReason(.functionParameter, "the Gemm has attributes that are not known")
    #expect(try refusal("Gemm", [2, 2], [.float("alpha", factor)]) == alpha)
    let reading = try reading("Gemm", [2, 2], [.float("beta", factor)], bias: TensorBytes("b", [2]))
    #expect(reading.refusal(of: "c")?.code == .channelMismatch)
  }

  @Test(arguments: [(2, 1), (3, 2), (4, 3)])
  func `a product with a constant on the right has its channels in the last axis`(rank: Int, axis: Int) throws {
    let linear = try product(constant: [3, 5], other: Array(repeating: nil, count: rank), isRight: true)
    #expect(linear.weightMap == ChannelMap(pre: 3, groups: 1, mid: 1, perGroup: 5, post: 1))
    #expect(linear.outputRank == rank && linear.channelAxis == axis)
    guard case .absent(hasSlot: false) = linear.bias else { return #expect(Bool(false), "it can have no bias") }
  }

  @Test(arguments: [(2, 0), (3, 1), (4, 2)])
  func `a product with a constant on the left has its channels in the last axis but one`(rank: Int, axis: Int) throws {
    let linear = try product(constant: [3, 5], other: Array(repeating: nil, count: rank), isRight: false)
    #expect(linear.weightMap == ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: 3, post: 5))
    #expect(linear.channelAxis == axis)
  }

  @Test func `a product with an operand of unknown rank takes nothing in`() throws {
    let model = ModelBytes {
      $0.input("x", nil)
      $0.initializer("w", [2, 2])
      $0.node("MatMul", ["x", "w"], ["c"])
    }
    let reason = DeclineReason(
      .rankUnknown, "the rank of the other operand of the MatMul is not known")
    #expect(try model.reading(in: folder).refusal(of: "c") == reason)
  }

  @Test(arguments: [([2], [3, 2]), ([2, 2], [2])] as [([Int], [Int?])])
  func `a product of other ranks takes nothing in`(shape: [Int], other: [Int?]) throws {
    let model = ModelBytes {
      $0.input("x", other)
      $0.initializer("w", shape)
      $0.node("MatMul", ["x", "w"], ["c"])
    }
    let reason = DeclineReason(
      .channelAxisDiffers, "the MatMul multiplies shape \(shape) with an operand of rank \(other.count)")
    #expect(try model.reading(in: folder).refusal(of: "c") == reason)
  }

  @Test(arguments: [true, false])
  func `a product of many matrices has the channels of each, and takes no shift before it`(isRight: Bool) throws {
    let linear = try product(constant: [4, 2, 3], other: [4, isRight ? 5 : 3, isRight ? 2 : 5], isRight: isRight)
    #expect(linear.weightMap.elementCount == 24 && linear.channels == (isRight ? 3 : 2))
    #expect(linear.outputRank == 3 && linear.channelAxis == (isRight ? 2 : 1))
    guard case .declines(let reason)? = linear.input?.shiftRule else { return #expect(Bool(false), "it takes none") }
    #expect(reason.code == .shiftNotUniform)
  }

  @Test func `each part of what a caller may override may be overridden`() throws {
    let reading = try ModelBytes(irVersion: 8) {
      $0.input("x", [nil, 1, nil])
      $0.input("v", [4, 1, 3])
      $0.initializer("v", [4, 1, 3])
      $0.node("Split", ["v"], ["u", "w"])
      $0.node("Conv", ["x", "w"], ["c"], name: "n")
    }.reading(in: folder)
    #expect(reading.refusal(of: "c")?.code == .overridableInitializer)
  }

  private func product(constant: [Int], other: [Int?], isRight: Bool) throws -> LinearOperator {
    let model = ModelBytes {
      $0.input("x", other)
      $0.initializer("w", constant)
      $0.node("MatMul", isRight ? ["x", "w"] : ["w", "x"], ["c"])
    }
    return try #require(try model.reading(in: folder).operation(writing: "c")?.linear)
  }

  private func reading(
    _ type: String, _ shape: [Int], _ attributes: [AttributeBytes], bias: TensorBytes? = nil
  ) throws -> ModelReading {
    try ModelBytes {
      $0.input("x", nil)
      $0.initializer("w", shape)
      if let bias { $0.initializer(bias) }
      $0.node(type, ["x", "w"] + (bias == nil ? [] : ["b"]), ["c"], attributes: attributes)
    }.reading(in: folder)
  }

  private func linear(_ type: String, _ shape: [Int], _ attributes: [AttributeBytes]) throws -> LinearOperator {
    try #require(try reading(type, shape, attributes).operation(writing: "c")?.linear)
  }

  private func refusal(_ type: String, _ shape: [Int], _ attributes: [AttributeBytes]) throws -> DeclineReason? {
    try reading(type, shape, attributes).refusal(of: "c")
  }
}
