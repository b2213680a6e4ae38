import Equivalence
import ONNXEvaluation
import ONNXModel
import ONNXModelTests
import ProtobufIOTests
import Testing

@testable import ONNXAlignment

/// What needs only the shape of a value, and what nothing needs.
@Suite struct IdleNodeTests {
  private func changes(
    _ first: (inout GraphBytes) -> Void, _ second: (inout GraphBytes) -> Void
  ) throws -> [String] {
    func model(_ build: (inout GraphBytes) -> Void) -> ModelBytes {
      var model = ModelBytes {
        $0.input("x", [nil, 2])
        build(&$0)
      }
      model.opsets.append(("ai.onnx.ml", 3))
      return model
    }
    let (folder, other) = (TemporaryFolder(), TemporaryFolder())
    return try ModelAligner.alignment(
      of: model(first).importedGraph(in: folder), and: model(second).importedGraph(in: other), limit: 1,
      keepsNames: true
    ).certification.changes.map(\.name)
  }

  private func measured(_ graph: inout GraphBytes, _ type: String, _ inputs: [String]) {
    graph.node(type, inputs, ["s"])
    graph.output("s")
  }

  @Test(arguments: [("Shape", ["n"], ["x"]), ("CastLike", ["x", "n"], ["x", "x"])])
  func `what needs the shape alone may read what has the same`(type: String, old: [String], new: [String]) throws {
    let found = try changes(
      {
        $0.norm("x", "n")
        measured(&$0, type, old)
      }, { measured(&$0, type, new) })
    #expect(found.isEmpty)
  }

  @Test(arguments: [("Neg", ["n"], ["x"]), ("CastLike", ["n", "x"], ["x", "x"])])
  func `what needs the contents may not`(type: String, old: [String], new: [String]) throws {
    let found = try changes(
      {
        $0.norm("x", "n")
        measured(&$0, type, old)
      }, { measured(&$0, type, new) })
    #expect(found == ["s"])
  }

  @Test func `another shape is not the same`() throws {
    let found = try changes(
      {
        $0.node("Transpose", ["x"], ["t"])
        measured(&$0, "Shape", ["t"])
      }, { measured(&$0, "Shape", ["x"]) })
    #expect(found == ["s"])
  }

  @Test func `a norm that is left out before what reads more is a change`() throws {
    let found = try changes(
      {
        $0.norm("x", "n")
        measured(&$0, "Shape", ["n"])
        $0.node("Neg", ["n"], ["y"])
        $0.output("y")
      },
      {
        measured(&$0, "Shape", ["x"])
        $0.node("Neg", ["x"], ["y"])
        $0.output("y")
      })
    #expect(found == ["y"])
  }

  @Test(arguments: [("", []), ("ai.onnx.ml", ["r"])])
  func `what nothing reads may read anything, but for what may have effects`(domain: String, changed: [String]) throws {
    let found = try changes(
      {
        $0.norm("x", "n")
        $0.node("Print", ["n"], ["r"], domain: domain)
        measured(&$0, "Neg", ["x"])
      },
      {
        $0.node("Print", ["x"], ["r"], domain: domain)
        measured(&$0, "Neg", ["x"])
      })
    #expect(found == changed)
  }
}
