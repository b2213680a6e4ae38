import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import Tensors
import Testing

@testable import RecordedData

@Suite struct RecordedDataSetTests {
  private let folder = TemporaryFolder()

  /// Two inputs, of which the second has a default.
  private let inputs = [
    RecordedSlot(name: "x", kind: .tensor), RecordedSlot(name: "y", kind: .tensor, hasDefault: true),
  ]

  private func values(_ slots: [RecordedSlot]? = nil) throws -> [String: [Double]] {
    let values = try RecordedDataSet(folder: folder.path).inputs(slots ?? inputs)
    return values.mapValues { $0.tensor?.doubles ?? [] }
  }

  private func record(_ elements: [Float], _ name: String) {
    folder.write(TensorBytes("", [elements.count], elements).message.bytes, to: name)
  }

  private func recordNumpy(_ elements: [Float], _ name: String) {
    let header = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(elements.count),), }\n".utf8)
    folder.write(
      [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndian(UInt64(header.count), count: 2) + header
        + littleEndian(elements), to: name)
  }

  @Test func `inputs are numbered, and those with a default are left out`() throws {
    record([1, 2], "input_0.pb")
    #expect(try values() == ["x": [1, 2]])
  }

  @Test func `inputs with a default count where more are recorded`() throws {
    record([1, 2], "input_0.pb")
    record([3, 4], "input_1.pb")
    #expect(try values() == ["x": [1, 2], "y": [3, 4]])
  }

  @Test func `files of numpy are numbered or named`() throws {
    recordNumpy([5, 6], "x.npy")
    #expect(try values() == ["x": [5, 6]])
    recordNumpy([7, 8], "input_0.npy")
    #expect(try values() == ["x": [7, 8]])
    record([1, 2], "input_0.pb")
    #expect(try values() == ["x": [1, 2]])
  }

  @Test func `an input that was not recorded is an error`() {
    let error = #expect(throws: ModelFileError.self) { _ = try values() }
    #expect(error?.code == .unreadable && error?.path == folder.path)
    #expect(error.map { "\($0)" }?.hasSuffix("has neither input_0.pb nor .npy for input 'x'") == true)
  }

  @Test func `a name that is a path names no file`() {
    recordNumpy([1, 2], "x.npy")
    let outside = RecordedSlot(
      name: "../\(folder.path.description.split(separator: "/").last ?? "")/x", kind: .tensor)
    #expect(throws: ModelFileError.self) { _ = try values([outside]) }
  }

  @Test func `outputs that were not recorded are nil`() throws {
    record([-1, -2], "output_1.pb")
    let outputs = try RecordedDataSet(folder: folder.path).outputs(
      ["x", "y"].map { RecordedSlot(name: $0, kind: .tensor) })
    #expect(outputs.map { $0?.tensor?.doubles } == [nil, [-1, -2]])
  }

  @Test func `a recorded tensor that is too short is an error`() {
    folder.write(TensorBytes("", type: 1, [3], raw: [0, 0, 0, 0]).message.bytes, to: "input_0.pb")
    #expect(throws: ModelFileError.self) { _ = try values() }
  }
}
