import Equivalence
import ONNXModelTests
import ProtobufIOTests
import Tensors
import Testing

@testable import ONNXEvaluation

@Suite struct GraphPreparerTests {
  private let x = ["x": reals([1, -2])]

  @Test func `ONNX's domain has two names`() throws {
    var model = ModelBytes {
      $0.input("x", [2])
      $0.node("Relu", ["x"], ["y"], domain: "ai.onnx")
      $0.output("y")
    }
    model.opsets = [("ai.onnx", 17)]
    #expect(try model.result(x).doubles == [1, 0])
  }

  @Test func `constants are no nodes`() throws {
    let model = ModelBytes {
      $0.input("x", [2])
      $0.node("Constant", [], ["a"], .floats("value_floats", [10, 20]))
      $0.node("Constant", [], ["b"], .float("value_float", 0.5))
      $0.node("Constant", [], ["c"], .tensor("value", TensorBytes("", [2], [100, 200])))
      $0.node("Sum", ["x", "a", "b", "c"], ["y"])
      $0.output("y")
    }
    #expect(try model.result(x).doubles == [111.5, 218.5])
    #expect(try model.evaluator(in: TemporaryFolder()).nodeCount == 1)
  }

  @Test func `constants of integers and text keep their kind`() throws {
    let model = ModelBytes {
      $0.node("Constant", [], ["a"], .int("value_int", -7))
      $0.node("Constant", [], ["b"], .ints("value_ints", [1, 2]))
      $0.node("Constant", [], ["c"], .string("value_string", "é"))
      for name in ["a", "b", "c"] { $0.output(name) }
    }
    let outputs = try model.evaluation().outputs.map { $0?.tensor }
    #expect(outputs[0]?.doubles == [-7] && outputs[0]?.shape == [] && outputs[1]?.doubles == [1, 2])
    #expect(outputs[2]?.kind == .string && outputs[2]?.count == 1)
  }

  @Test func `a subgraph sees what is outside of it, and its own names shadow that`() throws {
    let branch = GraphBytes {
      $0.initializer("w", [2], [5, 5])
      $0.node("Add", ["x", "w"], ["r"])
      $0.output("r")
    }
    let outer = GraphBytes {
      $0.node("Add", ["x", "w"], ["r"])
      $0.output("r")
    }
    let model = ModelBytes {
      $0.input("x", [2])
      $0.input("c", [], type: 9)
      $0.initializer("w", [2], [1, 1])
      $0.node("If", ["c"], ["y"], .graph("then_branch", branch), .graph("else_branch", outer))
      $0.output("y")
    }
    #expect(try model.result(x.merging(["c": truths([true], [])]) { $1 }).doubles == [6, 3])
    #expect(try model.result(x.merging(["c": truths([false], [])]) { $1 }).doubles == [2, -1])
  }

  @Test func `a subgraph two levels deep captures through the one between`() throws {
    let inner = GraphBytes {
      $0.node("Neg", ["a"], ["r"])
      $0.output("r")
    }
    let middle = GraphBytes {
      $0.node("If", ["c"], ["m"], .graph("then_branch", inner), .graph("else_branch", inner))
      $0.output("m")
    }
    let model = ModelBytes {
      $0.input("x", [2])
      $0.input("c", [], type: 9)
      $0.node("Relu", ["x"], ["a"])
      $0.node("If", ["c"], ["y"], .graph("then_branch", middle), .graph("else_branch", middle))
      $0.output("y")
    }
    #expect(try model.result(x.merging(["c": truths([true], [])]) { $1 }).doubles == [-1, 0])
  }

  @Test func `a branch may give a value from outside as it is`() throws {
    let branch = GraphBytes { $0.output("x") }
    let model = ModelBytes {
      $0.input("x", [2])
      $0.input("c", [], type: 9)
      $0.node("If", ["c"], ["y"], .graph("then_branch", branch), .graph("else_branch", branch))
      $0.output("y")
    }
    #expect(try model.result(x.merging(["c": truths([true], [])]) { $1 }).doubles == [1, -2])
  }

  @Test func `a loop carries values on and collects others`() throws {
    let body = GraphBytes {
      $0.input("i", [], type: 7)
      $0.input("go", [], type: 9)
      $0.input("v", [2])
      $0.node("Add", ["v", "x"], ["next"])
      $0.node("Identity", ["go"], ["on"])
      for name in ["on", "next", "v"] { $0.output(name) }
    }
    let model = ModelBytes {
      $0.input("x", [2])
      $0.initializer(.int64("n", [], [3]))
      $0.node("Loop", ["n", "", "x"], ["last", "all"], .graph("body", body))
      for name in ["last", "all"] { $0.output(name) }
    }
    let outputs = try model.evaluation(x).outputs.map { $0?.tensor }
    #expect(outputs[0]?.doubles == [4, -8])
    #expect(outputs[1]?.shape == [3, 2] && outputs[1]?.doubles == [1, -2, 2, -4, 3, -6])
  }

  @Test func `a sparse initializer is whole when it is read`() throws {
    let model = ModelBytes {
      $0.sparseInitializer(
        values: TensorBytes("a", [2], [3, 4]), indices: .int64("i", [2], [1, 5]), shape: [2, 3])
      $0.sparseInitializer(
        values: TensorBytes("b", [2], [7, 8]), indices: .int64("j", [2, 2], [0, 2, 1, 0]), shape: [2, 3])
      for name in ["a", "b"] { $0.output(name) }
    }
    let outputs = try model.evaluation().outputs.map { $0?.tensor }
    #expect(outputs[0]?.shape == [2, 3] && outputs[0]?.doubles == [0, 3, 0, 0, 0, 4])
    #expect(outputs[1]?.doubles == [0, 0, 7, 8, 0, 0])
  }

  @Test(
    arguments: [
      ([2], [1, 6]), ([2], [-1, 0]), ([1], [0]), ([2, 2], [0, 3, 0, 0]), ([2, 1], [0, 1]),
      ([2, 2], [0, .max, .max, 0]), ([2, 2], [.min, 0, 0, 0]),
    ] as [([Int], [Int])])
  func `sparse indices outside of their shape are refused`(shape: [Int], indices: [Int]) throws {
    let model = ModelBytes {
      $0.sparseInitializer(values: TensorBytes("a", [2]), indices: .int64("i", shape, indices), shape: [2, 3])
      $0.node("Neg", ["a"], ["y"])
      $0.output("y")
    }
    #expect(
      try model.evaluation().unexecuted.map(\.reason) == ["a sparse tensor's indices lie outside its shape [2, 3]"])
  }
}
