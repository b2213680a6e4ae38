import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXFormat

/// What was read stays as it is, whatever is made of it.
@Suite struct EditedDocumentTests {
  private let folder = TemporaryFolder()
  private let serialized = TemporaryFolder()

  /// Bodies, functions, Constant nodes, external data, ConstantOfShape, sparse tensors, norms in training mode and more.
  @Test(arguments: Fixtures.handmadeNames, [false, true])
  func `a document that edits were made of is what it was, and they make the same again`(
    name: String, assumesInference: Bool
  ) throws {
    var options = ReadingOptions()
    options.assumesInference = assumesInference
    options.freezesInitializers = assumesInference
    let reading = try ModelReading.handmade(name, options: options)
    let before = try bytes(of: reading.document)
    let edits = try reading.edits(for: try reading.plan())
    let edited = try edits.applied()
    let result = try bytes(of: edited)
    #expect(edits.isEmpty || result != before)
    #expect(try bytes(of: edits.applied()) == result)
    #expect(try bytes(of: reading.edits(for: reading.plan()).applied()) == result)
    #expect(try bytes(of: edited) == result)
    #expect(try bytes(of: reading.document) == before)
    #expect(try bytes(of: ModelReading.handmade(name).document) == before)
  }

  @Test(arguments: ["external", "conv_bn", "if_bodies", "local_function", "sparse_weight"], StoragePolicy.all)
  func `a document that was written with its tensors elsewhere is what it was`(
    name: String, policy: StoragePolicy
  ) throws {
    let reading = try ModelReading.handmade(name)
    let edits = try reading.edits(for: try reading.plan())
    let edited = try edits.applied()
    let (before, result) = (try bytes(of: reading.document), try bytes(of: edited))
    let size = try edits.size(at: folder.path("a.onnx"), policy: policy)
    for target in ["a.onnx", "b.onnx"] {
      let commit = try ModelWriter(edited, through: ChunkBuffer()).written(to: folder.path(target), policy: policy)
      #expect(commit.model.size == size)
      _ = try commit.make()
    }
    #expect(folder.bytes("a.onnx")?.count == size && folder.bytes("b.onnx")?.count == size)
    // Where there are data files, each model names its own.
    #expect(folder.names.count == 4 || folder.bytes("a.onnx") == folder.bytes("b.onnx"))
    #expect(try bytes(of: edited) == result)
    #expect(try bytes(of: reading.document) == before)
  }

  @Test func `what no edit touches is shared`() throws {
    let model = ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "c", bias: [1, 2])
      $0.norm("c", "n")
      $0.conv("n", "d", bias: [1, 2])
      $0.output("d")
    }
    let reading = try model.reading(in: folder)
    let (before, after) = (reading.document.graph, try reading.edits(for: try reading.plan()).applied().graph)
    #expect(before.nodes.count == 3 && after.nodes.map(\.operatorType) == ["Conv", "Conv"])
    let places = Dictionary(uniqueKeysWithValues: before.initializers.map { ($0.name, $0.place) })
    #expect(after.initializers.map(\.name) == ["c.weight", "c.bias", "d.weight", "d.bias"])
    #expect(after.initializers.map { places[$0.name] == $0.place } == [false, false, true, true])
    #expect(after.initializers.allSatisfy { !$0.isNew })
  }

  /// The bytes that a document would be written as, its external data too.
  private func bytes(of document: ONNXDocument) throws -> [UInt8] {
    let output = try OutputFile(path: serialized.path("m.onnx"), expectedSize: MessageWriter.size(of: document.tree))
    try MessageWriter(document.tree, to: output, through: ChunkBuffer()).write()
    try output.commit()
    return try #require(serialized.bytes("m.onnx"))
  }
}

extension StoragePolicy {
  fileprivate static var all: [StoragePolicy] { [.asRead, .external, .inline] }
}
