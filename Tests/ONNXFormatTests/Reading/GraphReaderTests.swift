import BatchNormFolding
import ModelGraph
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXFormat

/// What a name stands for.
@Suite struct GraphReaderTests {
  private let folder = TemporaryFolder()

  @Test func `numbers every value and says who writes and reads it`() throws {
    let reading = try ModelBytes {
      $0.input("x", [1])
      $0.node("Relu", ["x"], ["a"])
      $0.node("Add", ["a", "a"], ["b"])
      $0.output("b")
    }.reading(in: folder)
    #expect(reading.graph.values.map(\.name) == ["x", "a", "b"])
    #expect(reading.graph.values.map(\.producer) == [nil, OperatorID(0), OperatorID(1)])
    #expect(reading.graph.values.map(\.readerCount) == [1, 2, 0])
    #expect(reading.graph.values.map(\.pins) == [[], [], [.graphOutput]])
    #expect(reading.source.values.map(\.useCount) == [1, 2, 1])
  }

  @Test func `names that only look the same are different values`() throws {
    let reading = try ModelBytes {
      $0.input("é", [1])
      $0.input("e\u{301}", [1])
      $0.node("Relu", ["e\u{301}"], ["y"])
      $0.output("y")
    }.reading(in: folder)
    #expect(reading.graph.values.map(\.readerCount) == [0, 1, 0])
  }

  @Test func `an empty name is an input or output that is left out`() throws {
    let reading = try ModelBytes {
      $0.input("x", [1])
      $0.node("Op", ["", "x", ""], ["", "y"])
    }.reading(in: folder)
    #expect(reading.nodes[0].inputs == [nil, ValueID(0), nil])
    #expect(reading.nodes[0].outputs == [nil, ValueID(1)])
  }

  @Test func `a subgraph reads the values around it`() throws {
    let inner = GraphBytes {
      $0.node("Relu", ["x"], ["i"])
      $0.output("i")
    }
    let reading = try ModelBytes {
      $0.input("x", [1])
      $0.input("c", [], type: 9)
      $0.node("If", ["c"], ["y"], name: "branch", .graph("then_branch", inner), .graph("else_branch", inner))
      $0.output("y")
    }.reading(in: folder)
    #expect(reading.number(of: "x").map { reading.source[$0].useCount } == 2)
    #expect(reading.graph.values[0].pins.isEmpty && reading.graph.values[0].isReadInside)
    #expect(reading.graph.values[0].readerCount == 2)
    #expect(reading.graph.operators.map(\.graphPath) == ["/branch/then_branch", "/branch/else_branch", "/"])
  }

  @Test func `a name of a subgraph stands before the same name around it`() throws {
    let inner = GraphBytes {
      $0.input("x", [1])
      $0.node("Relu", ["x"], ["i"])
    }
    let reading = try ModelBytes {
      $0.input("x", [1])
      $0.node("Loop", [], ["y"], .graph("body", inner))
    }.reading(in: folder)
    #expect(reading.graph.values[0].pins == [] && reading.source.values[0].useCount == 0)
    #expect(reading.graph.operators.map(\.graphPath) == ["/y/body", "/"])
  }

  @Test func `what training names is pinned`() throws {
    var model = ModelBytes(graph: .convNorm())
    let step = GraphBytes { $0.node("Relu", ["c"], ["r"]) }
    model.training = [WireMessage { $0.message(2, step.message) }]
    #expect(try model.reading(in: folder).codes() == ["activation-captured"])
  }

  @Test func `what training updates is pinned`() throws {
    var model = ModelBytes(graph: .convNorm())
    model.training = [
      WireMessage {
        $0.message(4) {
          $0.string(1, "c.weight")
          $0.string(2, "new")
        }
      }
    ]
    let reading = try model.reading(in: folder)
    // Used by something other than the Conv, so that it is cloned, not changed.
    #expect(reading.number(of: "c.weight").map { reading.source[$0].useCount } == 2)
  }

  @Test(arguments: [(3, false), (4, true), (8, true), (nil, false)] as [(Int?, Bool)])
  func `an initializer that is an input may be overridden from version 4 on`(version: Int?, isOverridable: Bool) throws
  {
    let model = ModelBytes(irVersion: version) {
      $0.initializer("w", [1])
      $0.input("w", [1])
    }
    #expect(try model.reading(in: folder).value("w")?.isOverridable == isOverridable)
  }

  @Test func `an initializer that may be overridden is a constant if asked for, with a warning`() throws {
    let model = ModelBytes {
      $0.initializer("w", [1])
      $0.input("w", [1])
    }
    var options = ReadingOptions()
    options.freezesInitializers = true
    let reading = try model.reading(in: folder, options: options)
    #expect(reading.value("w")?.isOverridable == false)
    #expect(
      reading.warnings == [
        FoldWarning(.frozenInitializer, "initializer 'w' is also a graph input and was taken as a constant")
      ])
  }

  @Test func `a value to be kept is pinned and one that is not there is warned of`() throws {
    var options = ReadingOptions()
    options.keptValues = ["c", "nowhere"]
    let reading = try ModelBytes(graph: .convNorm()).reading(in: folder, options: options)
    #expect(try reading.codes() == ["value-pinned"])
    #expect(
      reading.warnings == [
        FoldWarning(.nothingMatched, "no value is called 'nowhere', which was to be kept")
      ])
  }

  @Test func `the first models import no operators and mean the first version`() throws {
    var model = ModelBytes(irVersion: 2) { $0.node("Relu", [], ["y"]) }
    model.opsets = []
    #expect(try model.reading(in: folder).nodes[0].version == 1)
  }

  @Test func `ai.onnx is another name of ONNX's own domain`() throws {
    var model = ModelBytes {
      $0.node("Relu", [], ["a"], domain: "ai.onnx")
      $0.node("Relu", [], ["b"])
    }
    model.opsets = [("ai.onnx", 12)]
    let nodes = try model.reading(in: folder).nodes
    #expect(nodes.map(\.isStandard) == [true, true])
    #expect(nodes.map(\.version) == [12, 12])
  }

  @Test func `a function of the model stands before ONNX's own operator of its name`() throws {
    var model = ModelBytes { $0.node("Relu", [], ["y"]) }
    model.function("Relu", domain: "", inputs: [], outputs: [], opsets: [("", 13)]) { $0.node("Tanh", [], ["t"]) }
    let nodes = try model.reading(in: folder).nodes
    #expect(nodes.map(\.isStandard) == [false, true])
    #expect(nodes.map(\.version) == [17, 13])
  }

  @Test func `counts the nodes of subgraphs and functions too`() throws {
    #expect(try ModelReading.handmade("if_bodies").nodeCount == 5)
    #expect(try ModelReading.handmade("local_function").nodeCount == 3)
  }
}
