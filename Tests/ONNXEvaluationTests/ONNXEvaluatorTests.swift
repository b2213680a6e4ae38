import Equivalence
import ONNXModelTests
import ProtobufIOTests
import Tensors
import Testing

@testable import ONNXEvaluation

@Suite struct ONNXEvaluatorTests {
  private let folder = TemporaryFolder()

  /// y = x + w, with a default for w.
  private let sum = ModelBytes {
    $0.input("x", [2, nil])
    $0.input("w", [2])
    $0.initializer("w", [2], [10, 20])
    $0.node("Add", ["x", "w"], ["y"])
    $0.output("y")
  }

  @Test func `describes what a model takes and gives`() throws {
    let evaluator = try sum.evaluator(in: folder)
    #expect(evaluator.inputs.map(\.name) == ["x", "w"] && evaluator.inputs.map(\.hasDefault) == [false, true])
    #expect(evaluator.inputs[0].kind == .float32 && evaluator.inputs[0].shape == [2, nil])
    #expect(evaluator.outputs == ["y"] && evaluator.nodeCount == 1 && evaluator.valueNames == ["y"])
  }

  @Test func `an axis of size -1 may have any size`() throws {
    let model = ModelBytes {
      $0.input("x", [-1])
      $0.node("Relu", ["x"], ["y"])
      $0.output("y")
    }
    #expect(try model.evaluator(in: folder).inputs[0].shape == [nil])
    #expect(try model.result(["x": reals([1, -1, 2])]).doubles == [1, 0, 2])
  }

  @Test func `an initializer that is an input is a default`() throws {
    let x = reals([1, 2, 3, 4], [2, 2])
    #expect(try sum.result(["x": x]).doubles == [11, 22, 13, 24])
    #expect(try sum.result(["x": x, "w": reals([1, 1])]).doubles == [2, 3, 4, 5])
  }

  @Test(
    arguments: [
      ([:], "input 'x' is missing"),
      (["x": reals([1, 2])], "input 'x' has shape [2, ?] but is given [2]"),
      (["x": reals([1, 2, 3], [3, 1])], "input 'x' has shape [2, ?] but is given [3, 1]"),
      (["x": integers([1, 2], [2, 1])], "input 'x' is float32 but is given int64"),
      (["x": reals([1, 2], [2, 1]), "q": scalar(1)], "the model has no input 'q'"),
      (["x": reals([1, 2], [2, 1]), "w": reals([1])], "input 'w' has shape [2] but is given [1]"),
    ] as [([String: Tensor], String)])
  func `an input that does not fit is an error`(inputs: [String: Tensor], message: String) {
    #expect(throws: EvaluationError(.unsuitableInput, message)) { _ = try sum.evaluation(inputs) }
  }

  @Test func `a model's own precision is single, and double where it holds float64`() throws {
    // 2²⁴ + 1 is no single-precision number.
    let single = ModelBytes {
      $0.input("x", [1])
      $0.node("Add", ["x", "x"], ["a"])
      $0.node("Add", ["a", "one"], ["y"])
      $0.initializer("one", [1], [1])
      $0.output("y")
    }
    let x = ["x": reals([0x1p23])]
    #expect(try single.result(x).doubles == [0x1p24])
    #expect(try single.result(x, precision: .float64).doubles == [0x1p24 + 1])
    let double = ModelBytes {
      $0.input("x", [1], type: 11)
      $0.node("Add", ["x", "x"], ["y"])
      $0.output("y", nil, type: 11)
    }
    #expect(try double.result(["x": numbers(.float64, [0.1])]).doubles == [0.2])
  }

  @Test func `single precision within a double model is rounded node by node`() throws {
    let model = ModelBytes {
      $0.input("x", [1], type: 11)
      $0.node("Cast", ["x"], ["s"], .int("to", 1))
      $0.node("Cast", ["s"], ["y"], .int("to", 11))
      $0.output("y", nil, type: 11)
    }
    let x = ["x": numbers(.float64, [0.1])]
    #expect(try model.result(x).doubles == [Double(Float(0.1))])
    #expect(try model.result(x, precision: .float64).doubles == [0.1])
  }

  @Test(arguments: [(10, 1 + 0x1p-10), (16, 1 + 0x1p-7)] as [(Int, Double)])
  func `half precision is rounded after each node in a model's own precision only`(type: Int, next: Double) throws {
    let kind: ElementType = type == 10 ? .float16 : .bfloat16
    let model = ModelBytes {
      $0.input("x", [1], type: type)
      $0.input("e", [1], type: type)
      $0.node("Add", ["x", "e"], ["a"])
      $0.node("Add", ["a", "e"], ["y"])
      $0.output("y", nil, type: type)
    }
    // Half of the last place is lost each time, or adds up.
    let inputs = ["x": numbers(kind, [1]), "e": numbers(kind, [(next - 1) / 2])]
    #expect(try model.result(inputs).doubles == [1])
    #expect(try model.result(inputs, precision: .float64).doubles == [next])
    #expect(try model.result(inputs).kind == kind)
  }

  @Test func `results are the same each time and for each number of threads`() throws {
    let model = ModelBytes {
      $0.input("x", [40, 50])
      $0.initializer("w", [50, 60], (0..<3000).map { Float(($0 * 7919) % 101) / 97 - 0.5 })
      $0.node("MatMul", ["x", "w"], ["m"])
      $0.node("Softmax", ["m"], ["y"])
      $0.output("y")
    }
    let x = ["x": Value.tensor(reals((0..<2000).map { Float(($0 * 31) % 89) / 83 - 0.5 }, [40, 50]))]
    let one = try model.evaluator(in: folder)
    let first = try one.evaluate(x).outputs[0]?.tensor?.doubles
    let again = try one.evaluate(x).outputs[0]?.tensor?.doubles
    #expect(first != nil && first == again)
    let two = try model.evaluator(in: folder, threads: 2).evaluate(x).outputs[0]?.tensor?.doubles
    #expect(first == two)
  }

  @Test func `a value that is no tensor passes the check of its input`() throws {
    let evaluation = try sum.evaluator(in: folder).evaluate(["x": .sequence([])])
    #expect(evaluation.unexecuted.map(\.reason) == ["input 0 is no tensor"])
  }
}
