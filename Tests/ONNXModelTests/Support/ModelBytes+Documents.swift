package import ModelGraph
package import ONNXModel
package import ProtobufIO
package import ProtobufIOTests

extension ModelBytes {
  /// The model, written to a folder and read.
  package func document(in folder: TemporaryFolder) throws(ModelFileError) -> ONNXDocument {
    try ONNXDocument(at: folder.write(bytes, to: "m.onnx"))
  }
}

extension ModelBytes {
  /// The graph of the model.
  package func importedGraph(in folder: TemporaryFolder) throws(ModelFileError) -> Graph {
    try document(in: folder).imported().graph
  }
}

extension ONNXDocument {
  /// Reads a model whose external data lies beside it.
  package convenience init(at path: FilePath) throws(ModelFileError) {
    let source = try FileSource.model(at: path, limit: Int(Int32.max))
    try self.init(source, externalFiles: try ConfinedFiles(for: source, extraRoots: []))
  }
}

/// All bytes of a payload, as they are stored.
package func payloadBytes(_ content: PayloadContent) throws(ModelFileError) -> [UInt8] {
  var bytes: [UInt8] = []
  try ChunkBuffer().forEachChunk(of: content, as: UInt8.self) { chunk, _, _ in
    for index in chunk.indices { bytes.append(chunk[index]) }
  }
  return bytes
}
