import Equivalence
import ONNXModelTests
import ProtobufIOTests
import Tensors
import Testing

@testable import ONNXEvaluation

@Suite struct TensorReadingTests {
  private let folder = TemporaryFolder()

  /// The tensor as a model's initializer gives it.
  private func read(_ tensor: TensorBytes, precision: Precision = .own) throws -> Tensor {
    let model = ModelBytes {
      $0.initializer(tensor)
      $0.output("t")
    }
    let document = try model.evaluator(in: folder)
    return try #require(try document.evaluate([:], precision: precision).outputs[0]?.tensor)
  }

  struct Stored: Sendable, CustomTestStringConvertible {
    let kind: ElementType
    let raw: [UInt8]
    let elements: [Double]
    /// The numbers of the typed field, and which one it is; 0 where the type has none.
    var field = 5
    var typed: [Int] = []

    var testDescription: String { kind.rawValue }
  }

  static let stored: [Stored] = [
    Stored(kind: .float32, raw: [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0], elements: [1, -2], field: 0),
    Stored(kind: .float64, raw: [0, 0, 0, 0, 0, 0, 0xF0, 0x3F], elements: [1], field: 0),
    Stored(kind: .float16, raw: [0, 0x3C, 0, 0xC0], elements: [1, -2], typed: [0x3C00, 0xC000]),
    Stored(kind: .bfloat16, raw: [0x80, 0x3F, 0, 0xC0], elements: [1, -2], typed: [0x3F80, 0xC000]),
    Stored(kind: .int64, raw: [0xFE] + Array(repeating: 0xFF, count: 7), elements: [-2], field: 7, typed: [-2]),
    Stored(kind: .int32, raw: [0xFE, 0xFF, 0xFF, 0xFF], elements: [-2], typed: [-2]),
    Stored(kind: .int16, raw: [0xFE, 0xFF, 1, 0], elements: [-2, 1], typed: [-2, 1]),
    Stored(kind: .int8, raw: [0xFE, 1], elements: [-2, 1], typed: [-2, 1]),
    Stored(
      kind: .uint64, raw: Array(repeating: 0xFF, count: 8), elements: [0x1p64], field: 11, typed: [-1]),
    Stored(kind: .uint32, raw: [0xFE, 0xFF, 0xFF, 0xFF], elements: [0xFFFF_FFFE], field: 11, typed: [0xFFFF_FFFE]),
    Stored(kind: .uint16, raw: [0xFE, 0xFF], elements: [0xFFFE], typed: [0xFFFE]),
    Stored(kind: .uint8, raw: [0xFE, 1], elements: [254, 1], typed: [254, 1]),
    Stored(kind: .bool, raw: [1, 0], elements: [1, 0], typed: [1, 0]),
    Stored(kind: .float8e4m3fn, raw: [0x38, 0xC0], elements: [1, -2], typed: [0x38, 0xC0]),
    Stored(kind: .float8e4m3fnuz, raw: [0x40, 0xC8], elements: [1, -2], typed: [0x40, 0xC8]),
    Stored(kind: .float8e5m2, raw: [0x3C, 0xC0], elements: [1, -2], typed: [0x3C, 0xC0]),
    Stored(kind: .float8e5m2fnuz, raw: [0x40, 0xC4], elements: [1, -2], typed: [0x40, 0xC4]),
    Stored(kind: .float8e8m0, raw: [127, 129], elements: [1, 4], typed: [127, 129]),
    Stored(kind: .int4, raw: [0xE1, 0x07], elements: [1, -2, 7], field: 0),
    Stored(kind: .uint4, raw: [0xE1, 0x07], elements: [1, 14, 7], field: 0),
    Stored(kind: .float4e2m1, raw: [0xC2, 0x07], elements: [1, -2, 6], field: 0),
    Stored(kind: .int2, raw: [0b11_10_01_00, 1], elements: [0, 1, -2, -1, 1], field: 0),
    Stored(kind: .uint2, raw: [0b11_10_01_00, 1], elements: [0, 1, 2, 3, 1], field: 0),
  ]

  @Test(arguments: stored)
  func `each type is read from raw data`(_ test: Stored) throws {
    for precision in Precision.allCases {
      let tensor = try read(
        TensorBytes("t", type: test.kind.number, [test.elements.count], raw: test.raw), precision: precision)
      #expect(tensor.kind == test.kind && tensor.doubles == test.elements)
    }
  }

  @Test(arguments: stored.filter { $0.field > 0 })
  func `each type is read from its typed field`(_ test: Stored) throws {
    let tensor = try read(
      TensorBytes("t", type: test.kind.number, [test.elements.count]) { $0.packedVarints(test.field, test.typed) })
    #expect(tensor.kind == test.kind && tensor.doubles == test.elements)
  }

  @Test(arguments: stored)
  func `each type is read from another file`(_ test: Stored) throws {
    folder.write([9, 9] + test.raw, to: "d")
    let entries = [("location", "d"), ("offset", "2"), ("length", "\(test.raw.count)")]
    let tensor = try read(.external("t", type: test.kind.number, [test.elements.count], entries))
    #expect(tensor.kind == test.kind && tensor.doubles == test.elements)
  }

  @Test func `real numbers have typed fields of their own`() throws {
    #expect(try read(TensorBytes("t", type: 1, [2]) { $0.packedFloats(4, [1.5, -2]) }).doubles == [1.5, -2])
    #expect(try read(TensorBytes("t", type: 11, [1]) { $0.packedDoubles(10, [0.1]) }).doubles == [0.1])
  }

  @Test func `text is read as its bytes`() throws {
    let tensor = try read(
      TensorBytes("t", type: 8, [2]) {
        $0.bytes(6, [0xFF])
        $0.string(6, "b")
      })
    guard case .text(let texts) = tensor.elements else {
      Issue.record("no text")
      return
    }
    #expect(texts == [[0xFF], [0x62]])
  }

  @Test func `a NaN of a scale is NaN, and its least is not 0`() throws {
    let numbers = try read(TensorBytes("t", type: 24, [2], raw: [255, 0])).doubles
    #expect(numbers?[0].isNaN == true && numbers?[1] == 0x1p-127)
  }

  @Test(arguments: [14, 15, 0, 99])
  func `a type that is not known fails where it is read`(type: Int) throws {
    let model = ModelBytes {
      $0.initializer(TensorBytes("t", type: type, [0], raw: []))
      $0.node("Neg", ["t"], ["y"])
      $0.output("y")
    }
    let names = [14: "complex64", 15: "complex128", 0: "undefined"]
    #expect(
      try model.evaluation().unexecuted.map(\.reason) == [
        "a tensor of \(names[type] ?? "type 99") is not supported"
      ])
  }
}
