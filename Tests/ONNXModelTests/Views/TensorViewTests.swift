import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXModel

@Suite struct TensorViewTests {
  private let folder = TemporaryFolder()

  @Test func `knows its name, type and shape`() throws {
    let tensor = try tensor(TensorBytes("w", [2, 3]))
    #expect(tensor.name == "w")
    #expect(tensor.elementType == .float32)
    #expect(tensor.shape == [2, 3])
    #expect(tensor.elementCount == 6)
    #expect(tensor.hasRawData && !tensor.isExternal && !tensor.isNew)
  }

  @Test func `raw data is the content as it is`() throws {
    let tensor = try tensor(TensorBytes("w", type: 10, [3], raw: [1, 2, 3, 4, 5, 6]))
    #expect(try bytes(of: tensor) == [1, 2, 3, 4, 5, 6])
  }

  @Test func `a scalar has one element and an empty axis none`() throws {
    #expect(try tensor(TensorBytes("s", [], [4])).elementCount == 1)
    let empty = try tensor(TensorBytes("e", [0, 5], []))
    #expect(empty.elementCount == 0)
    #expect(try bytes(of: empty) == [])
  }

  struct Typed: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let tensor: TensorBytes
    let bytes: [UInt8]
  }

  @Test(arguments: [
    Typed(
      testDescription: "floats", tensor: TensorBytes("t", type: 1, [2]) { $0.packedFloats(4, [1.5, -2]) },
      bytes: littleEndian([1.5, -2])),
    Typed(
      testDescription: "doubles", tensor: TensorBytes("t", type: 11, [1]) { $0.packedDoubles(10, [1.5]) },
      bytes: littleEndian(Double(1.5).bitPattern, count: 8)),
    Typed(
      testDescription: "half-precision numbers as the bits they are",
      tensor: TensorBytes("t", type: 10, [2]) { $0.packedVarints(5, [0x3C00, 0xFFFF]) }, bytes: [0, 0x3C, 0xFF, 0xFF]),
    Typed(
      testDescription: "bfloat16", tensor: TensorBytes("t", type: 16, [1]) { $0.packedVarints(5, [0x3F80]) },
      bytes: [0x80, 0x3F]),
    Typed(
      testDescription: "int32, not packed",
      tensor: TensorBytes("t", type: 6, [2]) {
        $0.varint(5, -1)
        $0.varint(5, 2)
      }, bytes: [0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0]),
    Typed(
      testDescription: "int64", tensor: TensorBytes("t", type: 7, [2]) { $0.packedVarints(7, [-2, 300]) },
      bytes: [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 44, 1, 0, 0, 0, 0, 0, 0]),
    Typed(
      testDescription: "booleans", tensor: TensorBytes("t", type: 9, [2]) { $0.packedVarints(5, [1, 0]) },
      bytes: [1, 0]),
    Typed(
      testDescription: "int8", tensor: TensorBytes("t", type: 3, [1]) { $0.packedVarints(5, [-1]) }, bytes: [0xFF]),
  ])
  func `typed elements are little-endian bytes`(typed: Typed) throws {
    let tensor = try tensor(typed.tensor)
    #expect(!tensor.hasRawData)
    #expect(try bytes(of: tensor) == typed.bytes)
  }

  @Test func `strings have no content`() throws {
    let tensor = try tensor(TensorBytes("t", type: 8, [1]) { $0.bytes(6, [0x61]) })
    #expect(tensor.content == nil)
  }

  struct Wrong: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let tensor: TensorBytes

    init(_ text: String, _ tensor: TensorBytes) { (testDescription, self.tensor) = (text, tensor) }
  }

  @Test(arguments: [
    Wrong(
      "tensor 'w': the shape [2, 3] of float32 needs 24 bytes but 20 are stored",
      TensorBytes("w", type: 1, [2, 3], raw: Array(repeating: 0, count: 20))),
    Wrong(
      "tensor 'w': the shape [] of float32 needs 4 bytes but 0 are stored", TensorBytes("w", type: 1, [], raw: [])),
    Wrong(
      "tensor 'w': the shape [3] of float32 needs 3 elements but 2 are stored",
      TensorBytes("w", type: 1, [3]) { $0.packedFloats(4, [1, 2]) }),
    Wrong(
      "tensor 'w': the shape [3] of float16 needs 3 elements but 1 are stored",
      TensorBytes("w", type: 10, [3]) { $0.packedVarints(5, [1]) }),
    Wrong(
      "tensor 'w': the shape [1] of int64 needs 1 elements but 0 are stored", TensorBytes("w", type: 7, [1]) { _ in }),
    Wrong(
      "tensor 'w': the shape [3] of int4 needs 2 bytes but 3 are stored",
      TensorBytes("w", type: 22, [3], raw: [1, 2, 3])),
    Wrong("tensor 'w': the shape [-1] is not possible", TensorBytes("w", type: 1, [-1], raw: [])),
    Wrong(
      "tensor 'w': the shape [4294967296, 4294967296] is not possible",
      TensorBytes("w", type: 1, [1 << 32, 1 << 32], raw: [])),
    Wrong(
      "a tensor without a name: the shape [1] of float64 needs 8 bytes but 4 are stored",
      TensorBytes("", type: 11, [1], raw: [0, 0, 0, 0])),
  ])
  func `refuses a tensor that does not hold what its shape says`(wrong: Wrong) {
    #expect(throws: ModelFileError(.malformed, path: folder.path("m.onnx"), wrong.testDescription)) {
      try tensor(wrong.tensor)
    }
  }

  @Test(arguments: [22, 25, 27])
  func `refuses as many elements as there can be of a part of a byte each`(type: Int) async {
    await #expect(processExitsWith: .success) { [type = type as Int] in
      let folder = TemporaryFolder()
      let size = Int.max / (type == 22 ? 4 : type == 25 ? 2 : 6)
      let model = ModelBytes { $0.initializer(TensorBytes("w", type: type, [size], raw: [0])) }
      do throws(ModelFileError) {
        _ = try model.document(in: folder)
        preconditionFailure("one byte cannot be enough")
      } catch {
        precondition(error.code == .malformed, error.message)
      }
    }
  }

  private func tensor(_ bytes: TensorBytes) throws(ModelFileError) -> TensorView {
    let document = try ModelBytes { $0.initializer(bytes) }.document(in: folder)
    return document.graph.initializers[0]
  }

  private func bytes(of tensor: TensorView) throws -> [UInt8] { try payloadBytes(#require(tensor.content)) }
}
