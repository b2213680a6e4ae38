import ProtobufIO
import Testing

@testable import ONNXFormat

@Suite struct DataFileNameTests {
  private let hash = "0123456789abcdef"

  @Test func `begins with the output's name and holds the hash`() {
    #expect(DataFileName(of: "out.onnx").name(hash: hash) == "out.onnx.0123456789abcdef.data")
  }

  @Test(arguments: [232, 233, 234, 255])
  func `is never longer than a file's name may be`(length: Int) {
    let output = FilePath(String(repeating: "n", count: length))
    let name = DataFileName(of: output).name(hash: hash)
    #expect(name.utf8.count == min(length + 22, 255))
    #expect(DataFileName(of: output).matches(name))
  }

  @Test func `is cut between characters`() {
    let start = String(repeating: "n", count: 232)
    #expect(DataFileName(of: FilePath(start + "ü")).name(hash: hash) == "\(start).\(hash).data")
  }

  @Test(arguments: [
    "out.onnx.data", "out.onnx.0123456789abcde.data", "out.onnx.0123456789abcdeff.data",
    "out.onnx.0123456789ABCDEF.data", "other.0123456789abcdef.data",
    "sub/out.onnx.0123456789abcdef.data", "out.onnx.0123456789abcdef.bin", "",
  ])
  func `other names are not ours`(location: String) {
    #expect(!DataFileName(of: "out.onnx").matches(location))
  }
}
