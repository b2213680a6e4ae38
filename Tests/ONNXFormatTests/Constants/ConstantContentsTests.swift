import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// Integers whose signs are turned about their zero point.
@Suite struct ConstantContentsTests {
  private let folder = TemporaryFolder()

  /// Integers of one channel, whether their negatives are in range, and about which zero point.
  struct Integers: Sendable, CustomTestStringConvertible {
    let isSigned: Bool
    let zero: Int?
    let values: [Int]
    let turned: [Int]?

    init(_ type: String, zero: Int?, _ values: [Int], turned: [Int]?) {
      (isSigned, self.zero, self.values, self.turned) = (type == "int8", zero, values, turned)
    }

    var testDescription: String { "\(isSigned ? "int8" : "uint8") \(values) about \(zero.map { "\($0)" } ?? "none")" }
  }

  @Test(arguments: [
    Integers("int8", zero: nil, [0, 1, 127, -127], turned: [0, -1, -127, 127]),
    Integers("int8", zero: nil, [0, 1, -128, 0], turned: nil),
    Integers("int8", zero: 0, [5, -5, 127, -127], turned: [-5, 5, -127, 127]),
    Integers("int8", zero: 5, [5, 127, -117, 0], turned: [5, -117, 127, 10]),
    Integers("int8", zero: 5, [0, 0, 0, -118], turned: nil),
    Integers("int8", zero: -1, [-128, 126, 0, 0], turned: [126, -128, -2, -2]),
    Integers("int8", zero: -1, [-127, 126, 0, -2], turned: [125, -128, -2, 0]),
    Integers("int8", zero: -1, [127, 0, 0, 0], turned: nil),
    Integers("int8", zero: -128, [-128, -128, -128, -128], turned: [-128, -128, -128, -128]),
    Integers("int8", zero: -128, [-127, -128, -128, -128], turned: nil),
    Integers("int8", zero: 127, [127, 127, 127, 126], turned: nil),
    Integers("uint8", zero: 128, [128, 1, 255, 200], turned: [128, 255, 1, 56]),
    Integers("uint8", zero: 128, [0, 128, 128, 128], turned: nil),
    Integers("uint8", zero: nil, [0, 0, 0, 0], turned: [0, 0, 0, 0]),
    Integers("uint8", zero: nil, [0, 0, 1, 0], turned: nil), Integers("uint8", zero: 0, [1, 0, 0, 0], turned: nil),
    Integers("uint8", zero: 255, [255, 255, 255, 255], turned: [255, 255, 255, 255]),
    Integers("uint8", zero: 100, [0, 200, 100, 150], turned: [200, 0, 100, 50]),
    Integers("uint8", zero: 100, [201, 0, 0, 0], turned: nil),
  ])
  func `integers have the other sign where twice the zero point less each is in range`(integers: Integers) throws {
    let model = QuantizedModel(
      shape: [1, 4, 1], integerType: integers.isSigned ? 3 : 2, integers: integers.values,
      zeros: integers.zero.map { [$0] }, scaleShape: [1], scales: [1])
    #expect(try turned(model, [0]) == integers.turned)
    #expect(try obstacle(model, [0]) == (integers.turned == nil ? Self.reason(0) : nil))
    guard let turned = integers.turned else { return }
    // Their negatives' negatives are themselves.
    var back = model
    back.integers = turned
    #expect(try self.turned(back, [0]) == integers.values)
  }

  /// −128 of channel 0 has no negative, and 1 of channel 1 has.
  @Test func `only the channels that are asked about count`() throws {
    let model = QuantizedModel(integers: [-128, 0, 1, 2])
    #expect(try obstacle(model, [1]) == nil && turned(model, [1]) == [-128, 0, -1, -2])
    #expect(try obstacle(model, [0]) == Self.reason(0) && obstacle(model, [0, 1]) == Self.reason(0))
    #expect(try turned(model, []) == [-128, 0, 1, 2])
  }

  @Test func `each channel is turned about its own zero point`() throws {
    let model = QuantizedModel(integers: [-100, 0, -100, 0], zeros: [14, 10])
    #expect(try turned(model, [1]) == [-100, 0, 120, 20])
    #expect(try turned(model, [0]) == nil)
    var other = model
    other.zeros = [13, 10]
    #expect(try turned(other, [0, 1]) == [126, 26, 120, 20])
  }

  @Test(arguments: [
    ("Conv", [2, 2, 1], 0, [1, 2, -3, -4]), ("ConvTranspose", [2, 2, 1], 1, [1, -2, 3, -4]),
    ("MatMul", [2, 2], 1, [1, -2, 3, -4]),
    ("Gemm", [2, 2], 1, [1, -2, 3, -4]),
  ])
  func `channels are those of the operator that reads the weight`(
    type: String, shape: [Int], axis: Int, expected: [Int]
  ) throws {
    let model = QuantizedModel(
      type: type, shape: shape, axis: axis, activation: shape.count == 2 ? [nil, 2] : [nil, 2, nil])
    #expect(try turned(model, [1]) == expected)
  }

  @Test func `integers of another type than eight bits are not turned`() throws {
    let model = QuantizedModel(opset: 21, integerType: 5, integers: [1, 2, 3, 4])
    let text = "channel 0 would be scaled by a negative number, and the signs of int16 are not turned"
    #expect(try obstacle(model, [0]) == DeclineReason(.weightQuantized, text))
  }

  @Test func `nor are integers in blocks`() throws {
    let model = QuantizedModel(
      type: "MatMul", opset: 21, shape: [4, 2], scaleShape: [2, 2], scales: [1, 1, 1, 1], axis: 0, blockSize: 2,
      activation: [nil, 4])
    #expect(try obstacle(model, [1]) == Self.reason(1))
  }

  @Test func `an operator whose weight are plain numbers has nothing to turn`() throws {
    let reading = try ModelBytes(graph: .convNorm()).reading(in: folder)
    #expect(try reading.contents.obstacle(toNegating: [0], of: OperatorID(0)) == nil)
  }

  // MARK: - Biases

  /// Integers become float32 first, then they are multiplied.
  @Test(
    arguments: [
      ([6, -8], [0.5, 0.25], [3, -2]), ([1 << 24 + 1, 3], [1], [0x1p24, 3]), ([3, 10], [0.1], [0.3, 1]),
    ]
      as [([Int], [Float], [Float])])
  func `integers of 32 bits and their scales are what a runtime makes of them`(
    integers: [Int], scales: [Float], values: [Float]
  ) throws {
    let reading = try QuantizedModel(bias: (integers, scales)).model().reading(in: folder)
    let bias = try #require(reading.value("b")?.constant)
    #expect(reading.constants[bias.index].type == .float32 && reading.constants[bias.index].shape == [2])
    // The nearest float32 numbers of the exact products of what is stored.
    let exact = zip(integers, 0...).map { Float(Double(Float($0)) * Double(scales[scales.count == 1 ? 0 : $1])) }
    #expect(try reading.contents.elements(of: bias) == exact.map { Double($0) })
    #expect(zip(exact, values).allSatisfy { abs($0 - $1) <= $1.ulp })
  }

  private static func reason(_ channel: Int) -> DeclineReason {
    DeclineReason(
      .weightQuantized,
      "channel \(channel) would be scaled by a negative number, and not all of its integers have a negative in range")
  }

  private func obstacle(_ model: QuantizedModel, _ channels: [Int]) throws -> DeclineReason? {
    try model.model().reading(in: folder).contents.obstacle(toNegating: channels, of: OperatorID(1))
  }

  private func turned(_ model: QuantizedModel, _ channels: Set<Int>) throws -> [Int]? {
    let reading = try model.model().reading(in: folder)
    let weight = try #require(reading.indirectWeights[OperatorID(1)]?.quantization)
    return try reading.contents.negated(weight, in: channels)?.map { byte in
      model.integerType == 3 ? Int(Int8(bitPattern: byte)) : Int(byte)
    }
  }
}
