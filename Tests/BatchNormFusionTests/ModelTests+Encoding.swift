import FusionReport
import ONNXFormat
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import Testing

@testable import BatchNormFusion

/// What a check sees of new tensors are the bytes that are written, read as those of a file.
extension ModelTests {
  /// A Conv of 4-bit integers of four channels with one scale and the zero point 3, and a norm behind it.
  private static let quantized = GraphBytes {
    $0.input("x", [1, 1, nil, nil])
    $0.initializer(TensorBytes("q", type: 22, [4, 1, 1, 1], raw: [0x21, 0x43]))
    $0.initializer("s", [], [0.5])
    $0.initializer(TensorBytes("z", type: 22, [], raw: [3]))
    $0.node("DequantizeLinear", ["q", "s", "z"], ["w"])
    $0.initializer("b", [4], [1, 2, 3, 4])
    $0.node("Conv", ["x", "w", "b"], ["c"])
    $0.initializer("g", [4], [2, 4, 6, 8])
    $0.initializer("v", [4], [1, 1, 1, 1])
    $0.node("BatchNormalization", ["c", "g", "b", "b", "v"], ["y"])
    $0.output("y")
  }

  private func fuse(_ encoder: ElementEncoder) throws -> Report {
    var options = FusionOptions()
    options.check = CheckOptions()
    let model = try Model(at: write(Self.quantized, opset: 21), options: options, encoder: encoder)
    return try model.fuse(to: folder.path("out.onnx"))
  }

  @Test func `a model of packed integers is written where the check finds it equivalent`() throws {
    #expect(try fuse(ElementEncoder()).check?.verdict == .equivalent)
    #expect(folder.names == ["m.onnx", "out.onnx"])
  }

  @Test func `an encoder that writes another integer is found out, and nothing is written`() throws {
    var encoder = ElementEncoder()
    encoder.integers = { integers, width in
      ElementEncoder().integers(integers.enumerated().map { $0.offset == 1 ? $0.element - 1 : $0.element }, width)
    }
    #expect(try fuse(encoder).check?.verdict == .different)
    #expect(folder.names == ["m.onnx"])
  }

  @Test func `an encoder that gives each integer a byte is found out, and nothing is written`() {
    var encoder = ElementEncoder()
    encoder.integers = { integers, _ in integers.map { UInt8(truncatingIfNeeded: $0) } }
    let error = #expect(throws: ModelFileError.self) { try self.fuse(encoder) }
    #expect(error?.message.contains("'z_folded': the shape [4] of int4 needs 2 bytes but 4 are stored") == true)
    #expect(folder.names == ["m.onnx"])
  }

  @Test func `an encoder that is wrong about numbers is found out, and nothing is written`() throws {
    var encoder = ElementEncoder()
    encoder.numbers = { numbers, storage in ElementEncoder().numbers(numbers.map { $0 * 1.5 }, storage) }
    #expect(try fuse(encoder).check?.verdict == .different)
    #expect(folder.names == ["m.onnx"])
  }
}
