import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXModel

@Suite struct EditedTensorTests {
  private let folder = TemporaryFolder()

  @Test func `new elements stay in raw data`() throws {
    let tensor = try tensor(TensorBytes("w", [2]))
    try tensor.replaceContent(PayloadContent(.bytes(littleEndian([7, 8]))))
    #expect(tensor.view.hasRawData)
    #expect(try bytes(of: tensor.view) == littleEndian([7, 8]))
  }

  @Test func `new floats and doubles stay in the fields of their types`() throws {
    let floats = try tensor(TensorBytes("w", type: 1, [2]) { $0.packedFloats(4, [1, 2]) })
    try floats.replaceContent(PayloadContent(.bytes(littleEndian([7, 8]))))
    #expect(!floats.view.hasRawData)
    #expect(try bytes(of: floats.view) == littleEndian([7, 8]))
    let doubles = try tensor(TensorBytes("w", type: 11, [1]) { $0.packedDoubles(10, [1]) })
    try doubles.replaceContent(PayloadContent(.bytes(Array(repeating: 9, count: 8))))
    #expect(!doubles.view.hasRawData)
    #expect(try bytes(of: doubles.view) == Array(repeating: 9, count: 8))
  }

  @Test func `new half-precision elements move to raw data`() throws {
    let tensor = try tensor(TensorBytes("w", type: 10, [2]) { $0.packedVarints(5, [1, 2]) })
    try tensor.replaceContent(PayloadContent(.bytes([1, 2, 3, 4])))
    #expect(tensor.view.hasRawData)
    #expect(try bytes(of: tensor.view) == [1, 2, 3, 4])
    #expect(try written(tensor.editor.finished()).graph.initializers[0].hasRawData)
  }

  @Test func `gets another shape`() throws {
    let tensor = try tensor(TensorBytes("w", [2]))
    try tensor.setShape([1, 2])
    #expect(tensor.view.shape == [1, 2])
    try tensor.setShape([])
    #expect(tensor.view.shape == [])
  }

  @Test(arguments: [
    TensorBytes("w", [3], [1, 2, 3]), TensorBytes("w", type: 1, [3]) { $0.packedFloats(4, [1, 2, 3]) },
  ])
  func `is stored in another file and back in the model`(bytes: TensorBytes) throws {
    let tensor = try tensor(bytes)
    tensor.storeExternally()
    #expect(tensor.view.isExternal)
    #expect(try self.bytes(of: tensor.view) == littleEndian([1, 2, 3]))
    try tensor.setPlace(location: "d", offset: 4096, length: 12)
    #expect(tensor.view.externalLocation == "d")
    #expect(!tensor.view.hasRawData)
    folder.write(Array(repeating: 0, count: 4096) + littleEndian([1, 2, 3]), to: "d")
    let read = try written(tensor.editor.finished()).graph.initializers[0]
    #expect(read.isExternal)
    #expect(try self.bytes(of: read) == littleEndian([1, 2, 3]))
    let inline = try edited(read)
    inline.storeInline()
    #expect(!inline.view.isExternal && read.isExternal)
    let back = try written(inline.editor.finished()).graph.initializers[0]
    #expect(back.externalLocation == nil && back.hasRawData)
    #expect(try self.bytes(of: back) == littleEndian([1, 2, 3]))
  }

  @Test func `keeps what others say of its place, but not the old file's checksum`() throws {
    folder.write(littleEndian([1]), to: "d")
    let entries = [("checksum", "abc"), ("basepath", "b"), ("location", "d"), ("length", "4"), ("offset", "0")]
    let tensor = try tensor(.external("w", [1], entries))
    try tensor.setPlace(location: "new", offset: 0, length: 4)
    folder.write(littleEndian([2]), to: "new")
    let text = String(decoding: try payload(tensor.editor.finished()), as: UTF8.self)
    #expect(text.contains("basepath") && !text.contains("checksum"))
    #expect(try bytes(of: try written(tensor.editor.finished()).graph.initializers[0]) == littleEndian([2]))
  }

  private func tensor(_ bytes: TensorBytes) throws -> EditedTensor {
    try edited(ModelBytes { $0.initializer(bytes) }.document(in: folder).graph.initializers[0])
  }

  private func edited(_ tensor: TensorView) throws -> EditedTensor {
    let document = try #require(tensor.document as? ONNXDocument)
    return try DocumentEditor(document).tensor(tensor)
  }

  private func bytes(of tensor: TensorView) throws -> [UInt8] { try payloadBytes(#require(tensor.content)) }

  /// The bytes that a document would be written as.
  private func payload(_ document: TensorFile) throws -> [UInt8] {
    let output = try OutputFile(path: folder.path("again.onnx"), expectedSize: MessageWriter.size(of: document.tree))
    try MessageWriter(document.tree, to: output, through: ChunkBuffer()).write()
    try output.commit()
    return try #require(folder.bytes("again.onnx"))
  }

  /// The document, written and read again.
  private func written(_ document: TensorFile) throws -> ONNXDocument {
    _ = try payload(document)
    return try ONNXDocument(at: folder.path("again.onnx"))
  }
}
