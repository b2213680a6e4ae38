import BatchNormFusion
import ONNXModel
import ONNXModelTests
import ProtobufIOTests
import RecordedData
import Testing

/// Models whose tensors are in files of their own.
extension ModelTests {
  /// A Conv of 2 × 300 weights in 'weights', behind 100 other bytes, and a norm.
  func external(second: Bool = false) -> FilePath {
    let weights = (1...600).map { Float($0) }
    folder.write(Array(repeating: 9, count: 100) + littleEndian(weights), to: "weights")
    return write(
      GraphBytes {
        $0.input("x", [nil, 300, nil, nil])
        $0.initializer(
          .external(
            "w", [2, 300, 1, 1], [("location", "weights"), ("offset", "100"), ("length", "2400")]))
        $0.node("Conv", ["x", "w"], ["c"])
        $0.norm("c", "y")
        if second { $0.initializer("small", [4]) }
        $0.output("y")
      })
  }

  @Test func `a model with external data is written with external data`() throws {
    let report = try Model(at: external()).fuse(to: folder.path("out.onnx"))
    #expect(report.summary.folded == 1)
    let data = try #require(folder.names.first { $0.hasPrefix("out.onnx.") })
    #expect(folder.names == ["m.onnx", "out.onnx", data, "weights"])
    #expect(data.hasSuffix(".data") && data.count == "out.onnx.".count + 16 + ".data".count)
    #expect(folder.bytes(data) == littleEndian((1...600).map { 2 * Float($0) }))
    let document = try ONNXDocument(at: folder.path("out.onnx"))
    let weight = document.graph.initializers[0]
    #expect(weight.isExternal && weight.externalLocation == .init(data))
    #expect(try payloadBytes(#require(weight.content)) == folder.bytes(data))
    // The bias is too small to leave the model.
    #expect(document.graph.initializers[1].name == "c_bias" && !document.graph.initializers[1].isExternal)
  }

  @Test func `where nothing folds only the places change and the data is one file`() throws {
    var options = FusionOptions()
    options.skip = ["*"]
    _ = try Model(at: external(), options: options).fuse(to: folder.path("out.onnx"))
    let data = try #require(folder.names.first { $0.hasPrefix("out.onnx.") })
    #expect(folder.bytes(data) == littleEndian((1...600).map { Float($0) }))
    let document = try ONNXDocument(at: folder.path("out.onnx"))
    #expect(document.graph.nodes.count == 2)
  }

  @Test func `tensors in the data file begin where pages do`() throws {
    var options = FusionOptions()
    options.storage = .external
    let graph = GraphBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.initializer("a", [2, 300])
      $0.initializer("b", [3, 200])
      $0.initializer("vector", [3])
    }
    _ = try Model(at: write(graph), options: options).fuse(to: folder.path("out.onnx"))
    let data = try #require(folder.names.first { $0.hasPrefix("out.onnx.") })
    #expect(folder.bytes(data)?.count == 4096 + 2400)
    let tensors = try ONNXDocument(at: folder.path("out.onnx")).graph.initializers
    #expect(tensors.map(\.isExternal) == [true, true, false])
    #expect(try payloadBytes(#require(tensors[1].content)) == littleEndian((1...600).map { Float($0) }))
  }

  @Test func `a model is taken inline again`() throws {
    var options = FusionOptions()
    options.storage = .inline
    _ = try Model(at: external(), options: options).fuse(to: folder.path("out.onnx"))
    #expect(folder.names == ["m.onnx", "out.onnx", "weights"])
    let weight = try ONNXDocument(at: folder.path("out.onnx")).graph.initializers[0]
    #expect(!weight.isExternal)
    #expect(try payloadBytes(#require(weight.content)) == littleEndian((1...600).map { 2 * Float($0) }))
  }

  @Test func `a model onto itself leaves its own data, and takes the place of what it wrote before`() throws {
    let input = external()
    _ = try Model(at: input).fuse(to: input)
    let first = try #require(folder.names.first { $0.hasPrefix("m.onnx.") })
    #expect(folder.names == ["m.onnx", first, "weights"])
    var options = FusionOptions()
    options.storage = .inline
    _ = try Model(at: input, options: options).fuse(to: input)
    // What this program wrote and nothing names any more goes; the user's own file stays.
    #expect(folder.names == ["m.onnx", "weights"])
  }

  @Test func `the data file of a model that is replaced goes`() throws {
    _ = try Model(at: external()).fuse(to: folder.path("out.onnx"))
    let old = try #require(folder.names.first { $0.hasPrefix("out.onnx.") })
    var options = FusionOptions()
    options.skip = ["*"]
    _ = try Model(at: folder.path("m.onnx"), options: options).fuse(to: folder.path("out.onnx"))
    #expect(!folder.names.contains(old))
    #expect(folder.names.count { $0.hasPrefix("out.onnx.") } == 1)
  }

  /// Names that only look like those that this program makes, wide digits of other languages among them.
  @Test(arguments: [
    "out.onnx.0123456789ABCDEF.data", "out.onnx.0123456789abcde.data", "out.onnx.0123456789abcdef0.data",
    "other.onnx.0123456789abcdef.data", "out.onnx.\u{FF10}\u{FF10}\u{FF10}\u{FF10}\u{FF10}0.data", "weights",
  ])
  func `a data file that this program did not write stays`(name: String) throws {
    let input = external()
    let old = ModelBytes { $0.initializer(.external("w", [1], [("location", name)])) }
    folder.write(old.bytes, to: "out.onnx")
    if name != "weights" { folder.write("mine", to: name) }
    _ = try Model(at: input).fuse(to: folder.path("out.onnx"))
    #expect(folder.names.contains(name))
  }

  @Test func `fusing a fused model changes neither it nor its data`() throws {
    _ = try Model(at: external()).fuse(to: folder.path("out.onnx"))
    let (names, bytes) = (folder.names, folder.bytes("out.onnx"))
    _ = try Model(at: folder.path("out.onnx")).fuse(to: folder.path("out.onnx"))
    #expect(folder.names == names && folder.bytes("out.onnx") == bytes)
  }

  @Test func `a file of zeros that replaces the data while the model is open changes nothing`() throws {
    let input = external()
    let model = try Model(at: input)
    folder.write([1], to: "new")
    try? FileReplacing.replace(folder.path("weights"), with: folder.path("new"))
    _ = try model.fuse(to: folder.path("out.onnx"))
    let data = try #require(folder.names.first { $0.hasPrefix("out.onnx.") })
    #expect(folder.bytes(data) == littleEndian((1...600).map { 2 * Float($0) }))
  }

  @Test func `data that became shorter is an error and leaves nothing`() throws {
    let model = try Model(at: external())
    folder.write(Array(repeating: 9, count: 150), to: "weights")
    do {
      _ = try model.fuse(to: folder.path("out.onnx"))
      Issue.record("the data is not there")
    } catch let error as ModelFileError {
      #expect(error.message == "changed while it was read: it ends at byte 150 but had 2500 bytes when opened")
    }
    #expect(folder.names == ["m.onnx", "weights"])
  }

  @Test func `a link out of the folder is refused, but not into a further root`() throws {
    let input = external()
    let store = TemporaryFolder()
    store.write(try #require(folder.bytes("weights")), to: "blob")
    try FileReplacing.remove(folder.path("weights"))
    folder.link("weights", to: store.path("blob"))
    let error = ModelFileError(
      .unreadable, path: input,
      "tensor 'w': external data 'weights' lies outside the model's folder, at '\(store.path("blob"))'")
    #expect(throws: error) { _ = try Model(at: input).fuse(to: folder.path("out.onnx")) }
    var options = FusionOptions()
    options.externalRoots = [store.path]
    #expect(try Model(at: input, options: options).fuse(to: folder.path("out.onnx")).summary.folded == 1)
  }

  @Test func `standard output takes no data file`() throws {
    let input = external()
    let error = ModelFileError(
      .unwritable, path: "-", "standard output takes no data file; ask for inline data instead")
    #expect(throws: error) { _ = try Model(at: input).fuse(to: "-") }
  }
}
