import BatchNormFusion
import FoundationEssentials
import ONNXModelTests
import ProtobufIOTests
import Testing

/// The library as its users see it.
@Suite struct ModelTests {
  let folder = TemporaryFolder()

  @Test func `fuses a model from file to file and reports what it did`() throws {
    let input = write(.convNorm(bias: [1, 2]))
    let report = try Model(at: input).fuse(to: folder.path("out.onnx"))
    #expect(report.summary.batchNorms == 1 && report.summary.folded == 1 && report.summary.declined == 0)
    #expect(report.input.path == input.description && report.input.format == "ONNX" && report.input.irVersion == 8)
    #expect(report.input.opsets == ["": 17] && report.input.nodes == 2)
    #expect(report.output?.path == folder.path("out.onnx").description && report.output?.nodes == 1)
    #expect(report.output?.bytes == folder.bytes("out.onnx")?.count)
    #expect(report.input.bytes == folder.bytes("m.onnx")?.count)
    let fold = try #require(report.folds.first)
    #expect(fold.batchNorm == "y" && fold.graph == "/" && fold.channels == 2 && fold.direction == "backward")
    #expect(fold.into == [Report.Target(operator: "Conv", node: "", output: "y", role: .both)])
    #expect(fold.certificate == nil)
    #expect(report.tool == Report.Tool(name: "bnfuse", version: Version.text))
    #expect(report.norms == nil)
  }

  @Test func `writes what was folded by hand`() throws {
    let input = write(.convNorm(bias: [1, 2]))
    _ = try Model(at: input).fuse(to: folder.path("out.onnx"))
    let expected = ModelBytes {
      $0.node("Conv", ["x", "c.weight", "c.bias"], ["y"])
      $0.initializer("c.weight", [2, 1, 1, 1], [2, 4])
      $0.initializer("c.bias", [2], [0.5, 5.5])
      $0.input("x", [nil, 1, nil, nil])
      $0.output("y", [nil, 2, nil, nil])
    }
    #expect(folder.bytes("out.onnx") == expected.bytes)
  }

  @Test func `plans without writing or ending the model`() throws {
    let model = try Model(at: write(.convNorm()))
    let planned = try model.plan(to: "somewhere.onnx")
    #expect(planned.output?.path == "somewhere.onnx")
    #expect(folder.names == ["m.onnx"])
    let certificate = try #require(planned.folds.first?.certificate)
    #expect(certificate.maxWeightUlp == 0 && certificate.maxBiasUlp == 0)
    let fused = try model.fuse(to: folder.path("out.onnx"))
    #expect(planned.output?.bytes == fused.output?.bytes && planned.output?.nodes == fused.output?.nodes)
    #expect(planned.folds.map(\.batchNorm) == fused.folds.map(\.batchNorm))
  }

  @Test func `what a fold passes is told in the order of execution, once`() throws {
    var model = ModelBytes {
      $0.input("x", [nil, 1, 8, 8])
      $0.conv("x", "c", bias: [1, 2])
      $0.node("F", ["c"], ["f"], domain: "own")
      $0.node("MaxPool", ["f"], ["m"], .ints("kernel_shape", [2, 2]))
      $0.norm("m", "y")
      $0.output("y")
    }
    model.opsets.append(("own", 1))
    model.function("F", domain: "own", inputs: ["a"], outputs: ["b"], opsets: [("", 17)]) {
      $0.node("AveragePool", ["a"], ["p"], .ints("kernel_shape", [2, 2]))
      $0.node("Identity", ["p"], ["b"])
    }
    _ = folder.write(model.bytes, to: "m.onnx")
    let fold = try #require(Model(at: folder.path("m.onnx")).plan().folds.first)
    #expect(fold.through == ["F", "AveragePool", "Identity", "MaxPool"])
  }

  @Test func `lists the edits that it would make`() throws {
    var edits: [String] = []
    _ = try Model(at: write(.convNorm())).plan { edits.append($0) }
    #expect(edits.contains("remove BatchNormalization 'y'") && edits.contains("store 8 other bytes in 'c.weight'"))
    #expect(edits.contains("add the tensor 'c_bias', float32 [2], for Conv 'c'"))
    #expect(edits.contains("let Conv 'c' read 'c_bias' as input 2") && edits.contains("remove the tensor 'y.mean'"))
  }

  @Test func `inspects without writing`() throws {
    let report = try Model(at: write(.convNorm(weight: [1, 300]))).inspect()
    let norm = try #require(report.norms?.first)
    #expect(norm.batchNorm == "y" && norm.mode == "inference" && norm.channels == 2 && norm.epsilon == 1)
    #expect(norm.fedBy == "Conv" && norm.folds && norm.code == nil)
    #expect(norm.rangeSpread == Report.RangeSpread(before: 300, after: 300))
    #expect(norm.warnings == ["range-spread"])
    #expect(report.warnings.map(\.code) == ["range-spread"])
    #expect(report.output == nil)
    #expect(folder.names == ["m.onnx"])
  }

  @Test func `an inspected norm that stays says why and what feeds it`() throws {
    let report = try Model(
      at: write(
        GraphBytes {
          $0.input("x", [nil, 2])
          $0.norm("x", "y", name: "bn")
          $0.output("y")
        })
    ).inspect()
    let norm = try #require(report.norms?.first)
    #expect(norm.node == "bn" && norm.fedBy == "graph input 'x'" && !norm.folds)
    #expect(norm.code == "no-linear-producer")
    #expect(
      norm.reason == "nothing in its graph computes its input 'x'; the value 'y' behind it is a graph output")
    #expect(report.declined.map(\.code) == ["no-linear-producer"])
  }

  @Test(arguments: Fixtures.handmadeNames)
  func `does with each hand-made model what its maker says`(name: String) throws {
    struct Expected: Decodable {
      let batchNorms: Int
      let folded: Int
      let declined: [String: String]
    }
    let data = try #require(fileBytes(FilePath(Fixtures.folder + "/handmade/expected.json")))
    let expected = try #require(try JSONDecoder().decode([String: Expected].self, from: Data(data))[name])
    let report = try Model(at: Fixtures.handmade(name)).fuse(to: folder.path("out.onnx"))
    #expect(report.summary.batchNorms == expected.batchNorms)
    #expect(report.summary.folded == expected.folded)
    let declined = report.declined.map { ($0.batchNorm, $0.code) }
    #expect(Dictionary(declined, uniquingKeysWith: { first, _ in first }) == expected.declined)
  }

  @Test(arguments: Fixtures.handmadeNames.map(Fixtures.handmade) + [Fixtures.digits])
  func `fusing a fused model changes nothing`(path: FilePath) throws {
    _ = try Model(at: path).fuse(to: folder.path("out.onnx"))
    let once = try #require(folder.bytes("out.onnx"))
    let names = folder.names
    let report = try Model(at: folder.path("out.onnx")).fuse(to: folder.path("out.onnx"))
    #expect(report.summary.folded == 0)
    #expect(folder.bytes("out.onnx") == once)
    #expect(folder.names == names)
  }

  @Test(arguments: Fixtures.handmadeNames.map(Fixtures.handmade) + [Fixtures.digits])
  func `the same model gives the same bytes each time`(path: FilePath) throws {
    _ = try Model(at: path).fuse(to: folder.path("out.onnx"))
    let once = (folder.names, folder.bytes("out.onnx"))
    let second = TemporaryFolder()
    _ = try Model(at: path).fuse(to: second.path("out.onnx"))
    #expect(second.names == once.0 && second.bytes("out.onnx") == once.1)
  }

  @Test func `a model in which nothing folds is copied byte for byte, in whatever order its fields are`() throws {
    let bytes = WireMessage {
      $0.string(1999, "unknown, and first")
      $0.message(8) { $0.varint(2, 17) }
      $0.message(7) { graph in
        graph.string(2, "g")
        graph.message(1) { $0.string(4, "Relu") }
      }
      $0.raw([0x08, 0x88, 0x00])
    }.bytes
    let input = folder.write(bytes, to: "m.onnx")
    _ = try Model(at: input).fuse(to: folder.path("out.onnx"))
    #expect(folder.bytes("out.onnx") == bytes)
  }

  @Test func `input and output may be the same path`() throws {
    let input = write(.convNorm())
    _ = try Model(at: input).fuse(to: folder.path("other.onnx"))
    _ = try Model(at: input).fuse(to: input)
    #expect(folder.bytes("m.onnx") == folder.bytes("other.onnx"))
    #expect(folder.names == ["m.onnx", "other.onnx"])
  }

  @Test func `says how far it is`() throws {
    var steps: [(Int, Int)] = []
    _ = try Model(at: Fixtures.digits).fuse(to: folder.path("out.onnx")) { steps.append(($0, $1)) }
    let size = try #require(folder.bytes("out.onnx")?.count)
    #expect(!steps.isEmpty)
    #expect(steps.allSatisfy { $0.0 <= $0.1 && $0.1 == size })
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.0 <= $1.0 })
  }

  @Test func `the trained network folds whole and says how exact it is`() throws {
    let report = try Model(at: Fixtures.digits).plan()
    #expect(report.summary.declined == 0 && report.summary.folded > 0)
    #expect(report.folds.allSatisfy { ($0.certificate?.maxWeightUlp ?? 1) <= 0.5 })
    #expect(report.folds.allSatisfy { ($0.certificate?.maxBiasUlp ?? 1) <= 0.5 })
    #expect(report.folds.contains { ($0.certificate?.outputBound.perUnitInput ?? 0) > 0 })
  }

  @Test(arguments: ["", "a model? no", "{\"ir_version\": 8}", "\u{8}"])
  func `a file that is no model is refused in one line and leaves nothing`(text: String) throws {
    let input = folder.write(text, to: "m.onnx")
    let error = #expect(throws: ModelFileError.self) {
      _ = try Model(at: input).fuse(to: folder.path("out.onnx"))
    }
    #expect(error?.path == input)
    #expect(error.map { "\($0)".contains("\n") } == false)
    #expect(folder.names == ["m.onnx"])
  }

  @Test func `a model that ends early is refused wherever it ends`() throws {
    let bytes = ModelBytes(opset: 17) { $0 = .convNorm(bias: [1, 2]) }.bytes
    for end in 0..<bytes.count {
      let input = folder.write(Array(bytes[..<end]), to: "m.onnx")
      do {
        _ = try Model(at: input).fuse(to: folder.path("out.onnx"))
        // Whole fields may be missing at the end: then the model lacks its operator sets.
        Issue.record("\(end) of \(bytes.count) bytes were taken")
      } catch is ModelFileError {}
    }
    #expect(folder.names == ["m.onnx"])
  }

  @discardableResult
  func write(_ graph: GraphBytes, opset: Int = 17, to name: String = "m.onnx") -> FilePath {
    var model = ModelBytes(opset: opset)
    model.graph = graph
    return folder.write(model.bytes, to: name)
  }
}
