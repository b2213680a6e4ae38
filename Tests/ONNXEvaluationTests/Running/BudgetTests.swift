import Equivalence
import ONNXModelTests
import ProtobufIOTests
import Tensors
import Testing

@testable import ONNXEvaluation

/// What operators ask for before they make it.
@Suite struct BudgetTests {
  private static func limited(_ build: (inout EvaluationLimits) -> Void) -> RunBudget {
    var limits = EvaluationLimits()
    build(&limits)
    return RunBudget(limits)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let node: OneNode
    let inputs: [Tensor?]

    init(_ title: String, _ node: OneNode, _ inputs: Tensor?...) {
      (testDescription, self.node, self.inputs) = (title, node, inputs)
    }
  }

  private static let million: Int64 = 1_000_000

  /// Nodes that make a million elements of a few.
  static let makers: [Case] = [
    Case("ConstantOfShape", OneNode("ConstantOfShape"), integers([1000, 1000])),
    Case("Expand", OneNode("Expand"), zeros([1]), integers([million])),
    Case("Tile", OneNode("Tile"), zeros([2]), integers([million])),
    Case("Pad", OneNode("Pad"), zeros([2]), integers([0, million])),
    Case("Pad by reflection", OneNode("Pad", .string("mode", "edge")), zeros([2]), integers([0, million])),
    Case("Range", OneNode("Range"), whole(0), whole(million), whole(1)),
    Case("OneHot", OneNode("OneHot"), integers([1]), whole(million), reals([0, 1])),
    Case("HannWindow", OneNode("HannWindow"), whole(million)),
    Case("Resize", OneNode("Resize"), zeros([2]), nil, nil, integers([million])),
    Case(
      "Resize of lines", OneNode("Resize", .string("mode", "linear")), zeros([1, 1, 2, 2]), nil, nil,
      integers([1, 1, 1000, 1000])),
    Case("Upsample", OneNode("Upsample", opset: 9), zeros([2]), reals([500_000])),
    Case("Add", OneNode("Add"), zeros([1000, 1]), zeros([1, 1000])),
    Case("Less", OneNode("Less"), zeros([1000, 1]), zeros([1, 1000])),
    Case("Where", OneNode("Where"), truths([true]), zeros([1000, 1]), zeros([1, 1000])),
    Case("MatMul", OneNode("MatMul"), zeros([1000, 1]), zeros([1, 1000])),
    Case("Gemm", OneNode("Gemm"), zeros([1000, 1]), zeros([1, 1000])),
    Case("Einsum", OneNode("Einsum", .string("equation", "i,j->ij")), zeros([1000]), zeros([1000])),
    Case("Gather", OneNode("Gather"), zeros([1, 1000]), integers(Array(repeating: 0, count: 1000))),
    Case("Concat", OneNode("Concat", .int("axis", 0)), zeros([500_000]), zeros([500_000])),
    Case("CenterCropPad", OneNode("CenterCropPad", opset: 18), zeros([2]), integers([million])),
    Case("Conv", OneNode("Conv", .ints("pads", [0, million.int])), zeros([1, 1, 2]), zeros([1, 1, 1])),
    Case(
      "ConvTranspose", OneNode("ConvTranspose", .ints("strides", [million.int])), zeros([1, 1, 2]), zeros([1, 1, 2])),
    Case(
      "MaxPool", OneNode("MaxPool", .ints("kernel_shape", [2]), .ints("pads", [1, million.int])), zeros([1, 1, 2])),
    Case("DFT", OneNode("DFT", .int("axis", 0)), zeros([4, 1]), whole(million)),
    Case("MelWeightMatrix", OneNode("MelWeightMatrix"), whole(1000), whole(2000), whole(8000), scalar(0), scalar(4000)),
    Case("AffineGrid", OneNode("AffineGrid", opset: 20), zeros([1, 2, 3]), integers([1, 1, 1000, 1000])),
    Case("GridSample", OneNode("GridSample", opset: 20), zeros([1, 1000, 2, 2]), zeros([1, 10, 100, 2])),
    Case(
      "RoiAlign", OneNode("RoiAlign", .int("output_height", 1000), .int("output_width", 1000)), zeros([1, 1, 2, 2]),
      zeros([1, 4]), integers([0])),
  ]

  @Test(arguments: makers) func `an operator asks for memory before it makes more than it is given`(_ test: Case) throws
  {
    let error = #expect(throws: EvaluationError.self) {
      _ = try test.node.evaluation(test.inputs, budget: Self.limited { $0.memory = 7_000_000 })
    }
    #expect(
      error?.message.contains("the limit on memory of 7000000 bytes is reached") == true, "\(error?.message ?? "")")
    let budget = Self.limited { $0.memory = 100_000_000 }
    let evaluation = try test.node.evaluation(test.inputs, budget: budget)
    #expect(evaluation.unexecuted.map(\.reason) == [])
  }

  /// Nodes that work long on little.
  static let workers: [Case] = [
    Case("MatMul", OneNode("MatMul"), zeros([100, 10_000]), zeros([10_000, 100])),
    Case("Einsum", OneNode("Einsum", .string("equation", "i,j,k->")), zeros([300]), zeros([300]), zeros([300])),
    Case(
      "MaxPool of a wide window", OneNode("MaxPool", .ints("kernel_shape", [9999]), .ints("pads", [9998, 9998])),
      zeros([1, 1, 9999])),
    Case("LRN over many channels", OneNode("LRN", .int("size", 9999)), zeros([1, 9999])),
    Case("Det", OneNode("Det"), zeros([500, 500])),
    Case(
      "RoiAlign of many samples", OneNode("RoiAlign", .int("sampling_ratio", 10_000)), zeros([1, 1, 2, 2]),
      zeros([1, 4]), integers([0])),
    Case("DFT of a prime length", OneNode("DFT", .int("axis", 0)), zeros([100_003, 1])),
    Case("LSTM", OneNode("LSTM"), zeros([1000, 10, 10]), zeros([1, 400, 10]), zeros([1, 400, 100])),
    Case("Mish", OneNode("Mish", opset: 22), zeros([200_000])),
    Case("Exp", OneNode("Exp"), zeros([600_000])),
    Case("Pow", OneNode("Pow"), zeros([300_000]), zeros([1])),
    Case("Relu of what is there", OneNode("Relu"), zeros([1_500_000])),
    Case("Shape of what is there", OneNode("Shape"), zeros([1_500_000])),
  ]

  @Test(arguments: workers) func `an operator counts its work before it begins`(_ test: Case) throws {
    let error = #expect(throws: EvaluationError.self) {
      _ = try test.node.evaluation(test.inputs, budget: Self.limited { $0.operations = 90_000_000 })
    }
    #expect(error?.message == "the limit operations=90000000 is reached (--limit)")
  }

  private static func loop(_ trips: Int) -> ModelBytes {
    let body = GraphBytes {
      $0.input("i", [], type: 7)
      $0.input("go", [], type: 9)
      $0.node("Identity", ["go"], ["on"])
      $0.output("on")
    }
    return ModelBytes {
      $0.initializer(.int64("n", [], [trips]))
      $0.node("Loop", ["n"], [], .graph("body", body))
    }
  }

  @Test(arguments: [(10, true), (11, false), (1 << 62, false)])
  func `a loop has as many trips as the limit says`(trips: Int, fits: Bool) throws {
    let budget = Self.limited { $0.trips = 10 }
    if fits {
      #expect(try Self.loop(trips).evaluation(budget: budget).unexecuted.isEmpty)
    } else {
      #expect(throws: EvaluationError(.limitReached, "the limit trips=10 is reached (--limit)")) {
        _ = try Self.loop(trips).evaluation(budget: budget)
      }
    }
  }

  @Test func `nodes of bodies count each time`() throws {
    #expect(throws: EvaluationError(.limitReached, "the limit nodes=10 is reached (--limit)")) {
      _ = try Self.loop(10).evaluation(budget: Self.limited { $0.nodes = 10 })
    }
    #expect(try Self.loop(9).evaluation(budget: Self.limited { $0.nodes = 10 }).unexecuted.isEmpty)
  }

  /// Functions of which each calls the next one twice.
  private static func doubling(_ count: Int) -> ModelBytes {
    var model = ModelBytes {
      $0.input("x", nil)
      $0.node("f\(count)", ["x"], ["y"], domain: "d")
      $0.output("y")
    }
    model.opsets.append(("d", 1))
    for index in 0...count {
      model.function("f\(index)", domain: "d", inputs: ["x"], outputs: ["y"], opsets: [("", 17), ("d", 1)]) {
        if index == 0 {
          $0.node("Relu", ["x"], ["y"])
        } else {
          $0.node("f\(index - 1)", ["x"], ["a"], domain: "d")
          $0.node("f\(index - 1)", ["a"], ["y"], domain: "d")
        }
      }
    }
    return model
  }

  @Test func `functions that call others twice are prepared once and executed each time`() throws {
    let small = try Self.doubling(4).evaluation(["x": reals([-1, 2])])
    #expect(small.outputs.map { $0?.tensor?.doubles } == [[0, 2]])
    #expect(throws: EvaluationError(.limitReached, "the limit nodes=1000 is reached (--limit)")) {
      let budget = Self.limited { ($0.nodes, $0.prepared) = (1000, 100) }
      _ = try Self.doubling(30).evaluation(["x": zeros([1])], budget: budget)
    }
  }

  /// Functions in a row, of which each calls the next one, listed and called from either end.
  private static func row(_ count: Int, callsLastFirst: Bool) -> ModelBytes {
    var model = ModelBytes {
      $0.input("x", nil)
      for index in callsLastFirst ? Array((0..<count).reversed()) : [0] {
        $0.node("f\(index)", ["x"], ["y\(index)"], domain: "d")
      }
    }
    model.opsets.append(("d", 1))
    for index in 0..<count {
      model.function("f\(index)", domain: "d", inputs: ["x"], outputs: ["y"], opsets: [("", 17), ("d", 1)]) {
        $0.node(index + 1 < count ? "f\(index + 1)" : "Relu", ["x"], ["y"], domain: index + 1 < count ? "d" : "")
      }
    }
    return model
  }

  @Test(arguments: [false, true]) func `functions in a row are as deep as the limit says`(callsLastFirst: Bool) throws {
    let fitting = try Self.row(64, callsLastFirst: callsLastFirst).evaluation(["x": zeros([1])])
    #expect(fitting.unexecuted.isEmpty)
    for count in [65, 2000] {
      #expect(throws: EvaluationError(.limitReached, "the limit depth=64 is reached (--limit)")) {
        _ = try Self.row(count, callsLastFirst: callsLastFirst).evaluation(["x": zeros([1])])
      }
    }
  }

  @Test func `a model of too many nodes still says what it takes and gives`() throws {
    let model = ModelBytes {
      $0.input("x", [2])
      for index in 0..<5 { $0.node("Relu", ["x"], ["y\(index)"]) }
      $0.output("y0")
    }
    let folder = TemporaryFolder()
    let evaluator = try model.evaluator(in: folder, budget: Self.limited { $0.prepared = 4 })
    #expect(evaluator.inputs.map(\.name) == ["x"] && evaluator.outputs == ["y0"])
    #expect(throws: EvaluationError(.limitReached, "the limit prepared=4 is reached (--limit)")) {
      _ = try evaluator.evaluate(["x": .tensor(zeros([2]))])
    }
  }
}

extension Int64 {
  fileprivate var int: Int { Int(self) }
}
