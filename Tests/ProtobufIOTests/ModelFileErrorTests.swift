import Testing

@testable import ProtobufIO

@Suite struct ModelFileErrorTests {
  @Test func `is one line that names the file and what is wrong`() {
    let error = ModelFileError(.malformed, path: "a/m.onnx", "is empty")
    #expect("\(error)" == "a/m.onnx: is empty")
    #expect(error != ModelFileError(.unsupported, path: "a/m.onnx", "is empty"))
  }
}
