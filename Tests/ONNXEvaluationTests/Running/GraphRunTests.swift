import Equivalence
import ONNXModelTests
import ProtobufIOTests
import Tensors
import Testing

@testable import ONNXEvaluation

@Suite struct GraphRunTests {
  private let folder = TemporaryFolder()

  private func model(_ build: (inout GraphBytes) -> Void) -> ModelBytes {
    ModelBytes {
      $0.input("x", [2])
      build(&$0)
      $0.output("y")
    }
  }

  private let x = ["x": reals([1, -2])]

  @Test func `a value that two nodes read is whole for both`() throws {
    let model = model {
      $0.node("Neg", ["x"], ["a"])
      $0.node("Relu", ["a"], ["b"])
      $0.node("Sub", ["a", "b"], ["y"])
    }
    #expect(try model.result(x).doubles == [-1, 0])
  }

  @Test(arguments: ["Add", "Mul"])
  func `a value that one node reads twice is whole both times`(type: String) throws {
    let model = model {
      $0.node("Neg", ["x"], ["a"])
      $0.node(type, ["a", "a"], ["y"])
    }
    #expect(try model.result(x).doubles == (type == "Add" ? [-2, 4] : [1, 4]))
  }

  @Test func `an input and an output stay what they are when others are computed from them`() throws {
    let model = ModelBytes {
      $0.input("x", [2])
      $0.node("Neg", ["x"], ["y"])
      $0.node("Relu", ["y"], ["z"])
      $0.node("Add", ["x", "z"], ["w"])
      for name in ["y", "z", "w", "x"] { $0.output(name) }
    }
    let outputs = try model.evaluation(x).outputs.map { $0?.tensor?.doubles }
    #expect(outputs == [[-1, 2], [0, 2], [1, 0], [1, -2]])
  }

  @Test func `a value that only a subgraph reads is kept for it`() throws {
    let branch = GraphBytes {
      $0.node("Add", ["a", "a"], ["r"])
      $0.output("r")
    }
    let model = ModelBytes {
      $0.input("x", [2])
      $0.input("c", [], type: 9)
      $0.node("Neg", ["x"], ["a"])
      $0.node("Relu", ["x"], ["b"])
      $0.node("If", ["c"], ["i"], .graph("then_branch", branch), .graph("else_branch", branch))
      $0.node("Add", ["i", "b"], ["y"])
      $0.output("y")
    }
    #expect(try model.result(x.merging(["c": truths([true], [])]) { $1 }).doubles == [-1, 4])
  }

  @Test func `an initializer may be an output`() throws {
    let model = ModelBytes {
      $0.initializer("w", [2], [3, 4])
      $0.output("w")
    }
    #expect(try model.result().doubles == [3, 4])
  }

  @Test func `an unknown operator is named, and what does not need it is computed`() throws {
    let model = ModelBytes {
      $0.input("x", [2])
      $0.node("Odd", ["x"], ["a"], name: "n")
      $0.node("Relu", ["a"], ["b"])
      $0.node("Neg", ["x"], ["y"])
      $0.node("Add", ["b", "y"], ["z"])
      for name in ["y", "z"] { $0.output(name) }
    }
    let evaluation = try model.evaluation(x)
    #expect(evaluation.outputs.map { $0?.tensor?.doubles } == [[-1, 2], nil])
    #expect(
      evaluation.unexecuted == [
        UnexecutedNode(
          node: "n", operator: "Odd", output: "a", reason: "the operator is not known", isConsequence: false),
        UnexecutedNode(
          node: "", operator: "Relu", output: "b", reason: "needs Odd 'a', which was not executed",
          isConsequence: true),
        UnexecutedNode(
          node: "", operator: "Add", output: "z", reason: "needs Relu 'b', which was not executed",
          isConsequence: true),
      ])
  }

  @Test func `an operator of another domain is named with it`() throws {
    var model = model { $0.node("Relu", ["x"], ["y"], domain: "com.example") }
    model.opsets.append(("com.example", 1))
    #expect(try model.evaluation(x).unexecuted.map(\.reason) == ["the operator is not known (domain 'com.example')"])
  }

  @Test func `a failure within a subgraph is that of its node`() throws {
    let branch = GraphBytes {
      $0.node("Odd", ["x"], ["r"], name: "deep")
      $0.output("r")
    }
    let model = ModelBytes {
      $0.input("x", [2])
      $0.input("c", [], type: 9)
      $0.node("If", ["c"], ["y"], .graph("then_branch", branch), .graph("else_branch", branch))
      $0.output("y")
    }
    let evaluation = try model.evaluation(x.merging(["c": truths([true], [])]) { $1 })
    #expect(evaluation.unexecuted.map(\.reason) == ["Odd 'deep' within it: the operator is not known"])
    #expect(evaluation.unexecuted.map(\.operator) == ["If"])
  }

  @Test func `an output that a node does not give is missing where it is read`() throws {
    let model = model {
      $0.node("Relu", ["x"], ["a", "more"])
      $0.node("Add", ["a", "more"], ["y"])
    }
    #expect(
      try model.evaluation(x).unexecuted.map(\.reason) == ["reads a value that the node before it did not give"])
  }

  @Test func `a run goes node by node and says what comes next`() throws {
    let model = model {
      $0.node("Neg", ["x"], ["a"])
      $0.node("Relu", ["a"], ["y", ""])
    }
    var run = try model.evaluator(in: folder).start(with: ["x": .tensor(reals([1, -2]))], precision: .own)
    #expect(run.nextOutputs == ["a"] && run.lastOutputs == [])
    let first = try run.step()
    #expect(first?.values.map(\.name) == ["a"] && first?.values[0].value.tensor?.doubles == [-1, 2])
    #expect(run.nextOutputs == ["y"] && run.lastOutputs == ["a"])
    let second = try run.step()
    #expect(second?.values.count == 1 && second?.failure == nil && run.nextOutputs == nil)
    let third = try run.step()
    #expect(third.map(\.values.count) == nil)
    let outputs = try run.takeOutputs()
    #expect(outputs.map { $0?.tensor?.doubles } == [[0, 2]])
  }
}
