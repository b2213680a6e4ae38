import ModelGraph
import ONNXModel
import ProtobufIO
import ProtobufIOTests
import Tensors
import Testing

/// A model's names as numbers.
@Suite struct GraphImporterTests {
  private let folder = TemporaryFolder()

  private func graph(_ build: (inout GraphBytes) -> Void) throws -> Graph {
    try ModelBytes(build).importedGraph(in: folder)
  }

  private func names(_ values: [ValueID?], _ graph: Graph) -> [String?] {
    values.map { $0.map { graph[$0].name.description } }
  }

  @Test func `nodes read and make numbered values, nil for what is left out`() throws {
    let graph = try graph {
      $0.input("x", [2])
      $0.initializer("k", [2])
      $0.node("Clip", ["x", "", "k"], ["y"])
      $0.node("Split", ["y"], ["a", "", "b"])
      $0.output("b")
    }
    #expect(graph.nodes.map { names($0.inputs, graph) } == [["x", nil, "k"], ["y"]])
    #expect(graph.nodes.map { names($0.outputs, graph) } == [["y"], ["a", nil, "b"]])
    #expect(graph.values.map(\.producer) == [nil, nil, OperatorID(0), OperatorID(1), OperatorID(1)])
    #expect(graph.values.map(\.useCount) == [1, 1, 1, 0, 1])
    #expect(graph.scopes[0].outputs.map(\.value) == [ValueID(4)])
    #expect(graph.constants.map(\.value) == [ValueID(1)] && graph.values[1].constant == 0)
  }

  @Test func `a body's nodes come before its node, and read what is around`() throws {
    let graph = try graph {
      $0.input("c", [], type: 9)
      $0.input("x", [2])
      $0.node("Neg", ["x"], ["n"])
      $0.node(
        "If", ["c"], ["y"],
        .graph(
          "then_branch",
          GraphBytes {
            $0.node("Abs", ["n"], ["t"]); $0.output("t")
          }),
        .graph("else_branch", GraphBytes { $0.output("x") }))
      $0.output("y")
    }
    #expect(graph.nodes.map(\.operatorType) == ["Neg", "Abs", "If"])
    #expect(graph.nodes.map(\.scope) == [0, 1, 0] && graph.nodes.map(\.index) == [0, 0, 1])
    #expect(graph.nodes[2].bodies.map(\.attribute) == ["then_branch", "else_branch"])
    #expect(graph.scopes.map(\.path) == ["/", "/y/then_branch", "/y/else_branch"])
    #expect(graph.scopes.map(\.parent) == [nil, 0, 0])
    #expect(names(graph.nodes[1].inputs, graph) == ["n"] && graph[graph.nodes[1].inputs[0] ?? ValueID(0)].scope == 0)
    #expect(graph.scopes[2].outputs.map { graph[$0.value].scope } == [0])
    #expect(!graph.hasShadows)
  }

  @Test func `a name that a body gives another meaning is another value`() throws {
    let graph = try graph {
      $0.input("c", [], type: 9)
      $0.input("x", [2])
      $0.node(
        "If", ["c"], ["y"],
        .graph(
          "then_branch",
          GraphBytes {
            $0.node("Abs", ["x"], ["x2"]); $0.node("Neg", ["x2"], ["c"]); $0.output("c")
          }),
        .graph("else_branch", GraphBytes { $0.output("x") }))
      $0.output("y")
    }
    #expect(graph.hasShadows)
    #expect(graph.values.filter { $0.name == "c" }.map(\.scope) == [0, 1])
    #expect(graph[graph.nodes.last?.inputs[0] ?? ValueID(9)].scope == 0)
  }

  @Test func `a node knows the function that it calls, whatever comes first`() throws {
    var model = ModelBytes {
      $0.input("x", [2])
      $0.node("F", ["x"], ["y"], domain: "own")
      $0.output("y")
    }
    model.opsets.append(("own", 1))
    model.function("F", domain: "own", inputs: ["a"], outputs: ["b"], opsets: [("", 15), ("own", 3)]) {
      $0.node("Neg", ["a"], ["b"])
    }
    let graph = try model.importedGraph(in: folder)
    #expect(graph.nodes.map(\.callee) == [1, nil] && graph.nodes.map(\.version) == [1, 15])
    #expect(graph.nodes.map(\.isStandard) == [false, true])
    #expect(graph.scopes[1].function?.name == "F" && graph.scopes[1].inputs.count == 1)
  }

  @Test func `an operator that a function of the model has the name of is not the format's own`() throws {
    var model = ModelBytes {
      $0.input("x", [2])
      $0.node("Relu", ["x"], ["y"])
      $0.output("y")
    }
    model.function("Relu", domain: "ai.onnx", inputs: ["a"], outputs: ["b"], opsets: [("", 17)]) {
      $0.node("Neg", ["a"], ["b"])
    }
    #expect(try model.importedGraph(in: folder).nodes.map(\.isStandard) == [false, true])
  }

  @Test(arguments: [(3, false), (4, true), (8, true)])
  func `an input that is stored may be overridden from IR version 4 on`(version: Int, mayBe: Bool) throws {
    var model = ModelBytes {
      $0.input("k", [2])
      $0.initializer("k", [2])
      $0.node("Neg", ["k"], ["y"])
      $0.output("y")
    }
    model.irVersion = version
    let value = try model.importedGraph(in: folder).values[0]
    #expect(value.isInput && value.constant == 0 && value.isOverridable == mayBe)
  }

  @Test func `sizes of one name are one symbol, and what exporters write for any size is none`() throws {
    let graph = try graph {
      $0.input("x", sizes: ["batch", "3", "?"])
      $0.note("y", sizes: ["batch", "other"])
      $0.node("Foo", ["x"], ["y"])
      $0.output("y")
    }
    #expect(graph.values[0].statedShape?.dimensions == [.symbol(0), .size(3), .unknown])
    #expect(
      graph.values[1].statedShape?.dimensions == [.symbol(0), .symbol(1)] && graph.symbols == ["batch", "other"])
  }

  @Test func `what a file notes beside nodes is a use`() throws {
    let graph = try graph {
      $0.input("x", [2])
      $0.initializer("s", [1])
      $0.node("Neg", ["x"], ["y"])
      $0.annotate("y", parameters: ["s"])
      $0.output("y")
    }
    #expect(graph.values.map(\.isNamedBeside) == [false, true, false])
    #expect(graph.values.map(\.isQuantized) == [false, false, true] && graph.values[1].useCount == 1)
  }
}
