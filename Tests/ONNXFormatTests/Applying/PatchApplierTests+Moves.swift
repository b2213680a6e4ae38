import BatchNormFolding
import ONNXModel
import ONNXModelTests
import ProtobufIO
import ProtobufIOTests
import RecordedData
import Testing

@testable import ONNXFormat

/// What a model looks like whose norms went through other operators.
extension PatchApplierTests {
  @Test func `a value with other contents has another name, and what is noted of it is gone`() throws {
    let (graph, patch) = try fused {
      $0.conv("x", "c")
      $0.node("AveragePool", ["c"], ["p"], .ints("kernel_shape", [1, 1]))
      $0.norm("p", "y")
      $0.note("c", [nil, 2, nil, nil])
      $0.note("p", [nil, 2, nil, nil])
    }
    #expect(graph.nodes.map(\.outputs) == [["c_scaled"], ["y"]] && graph.nodes[1].inputs == ["c_scaled"])
    #expect(graph.valueInfo.isEmpty)
    let renaming = try #require(patch.renamings.first)
    #expect(patch.renamings.count == 1 && renaming.old == "c" && renaming.new == "c_scaled")
    #expect(renaming.scale == [2, 2] && renaming.shift == [-1.5, 1.5] && renaming.channelAxis == 1)
  }

  @Test func `a norm that goes on leaves the name before it, and values behind it have others`() throws {
    let (graph, patch) = try fused {
      $0.initializer("w", [2, 2, 1, 1])
      $0.node("Concat", ["x", "x"], ["j"], .int("axis", 1))
      $0.node("Relu", ["j"], ["r"])
      $0.norm("r", "n")
      $0.node("AveragePool", ["n"], ["p"], .ints("kernel_shape", [1, 1]))
      $0.node("Conv", ["p", "w"], ["y"])
    }
    #expect(graph.nodes.map(\.operatorType) == ["Concat", "Relu", "AveragePool", "Conv"])
    #expect(graph.nodes.map(\.outputs) == [["j"], ["r"], ["p_scaled"], ["y"]])
    #expect(graph.nodes[2].inputs == ["r"] && graph.nodes[3].inputs.prefix(2) == ["p_scaled", "w"])
    #expect(patch.renamings.map(\.old) == ["p"])
    #expect(patch.renamings.first?.scale == [0.5, 0.5] && patch.renamings.first?.shift == [0.75, -0.75])
  }

  @Test func `a branch beside an operator goes into its weight, and the sum with it`() throws {
    let (graph, patch) = try fused {
      $0.node("Concat", ["x", "x"], ["j"], .int("axis", 1))
      $0.node("Relu", ["j"], ["r"])
      $0.initializer("w", [2, 2, 1, 1])
      $0.node("Conv", ["r", "w"], ["c"])
      $0.norm("r", "n")
      $0.node("Add", ["c", "n"], ["y"])
    }
    #expect(graph.nodes.map(\.operatorType) == ["Concat", "Relu", "Conv"] && graph.nodes[2].outputs == ["y"])
    #expect(try PatchBuilderTests().scaled(patch.contents[0].content) == [3, 2, 3, 6])
    #expect(graph.initializers.map(\.name) == ["w", "c_bias"])
  }

  @Test func `a norm that stays takes another in by its gamma and beta`() throws {
    let (graph, patch) = try fused {
      $0.node("Concat", ["x", "x"], ["j"], .int("axis", 1))
      $0.node("Relu", ["j"], ["r"])
      $0.norm("r", "n")
      $0.norm("n", "y")
    }
    #expect(graph.nodes.map(\.operatorType) == ["Concat", "Relu", "BatchNormalization"])
    #expect(patch.contents.map(\.tensor.name).count == 2)
    #expect(graph.nodes[2].outputs == ["y"] && graph.initializers.count == 4)
  }

  @Test func `a graph output keeps its name and its contents`() throws {
    for output in ["c", "p"] {
      let (graph, _) = try fused(output) {
        $0.conv("x", "c")
        $0.node("AveragePool", ["c"], ["p"], .ints("kernel_shape", [1, 1]))
        $0.norm("p", "y")
        $0.output("y")
      }
      #expect(graph.nodes.map(\.operatorType) == ["Conv", "AveragePool", "BatchNormalization"])
      #expect(graph.nodes.map(\.outputs) == [["c"], ["p"], ["y"]])
    }
  }

  @Test func `each of two products behind a join gets an addition of its own`() throws {
    let (graph, _) = try fused {
      $0.node("Flatten", ["x"], ["f"])
      for name in ["a", "b"] {
        $0.initializer("\(name).w", [1, 1])
        $0.node("MatMul", ["f", "\(name).w"], [name])
      }
      $0.node("Concat", ["a", "b"], ["j"], .int("axis", 1))
      $0.norm("j", "y")
    }
    #expect(graph.nodes.map(\.operatorType) == ["Flatten", "MatMul", "Add", "MatMul", "Add", "Concat"])
    #expect(
      graph.nodes[5].outputs == ["y"]
        && graph.nodes[5].inputs == [graph.nodes[2].outputs[0], graph.nodes[4].outputs[0]])
    let names = graph.nodes.flatMap(\.outputs)
    #expect(Set(names).count == names.count && !names.contains("a") && !names.contains("b") && !names.contains("j"))
  }

  /// The graph of a model with the input `x` of one channel and one pixel, and the output `y`.
  private func fused(
    _ other: String? = nil, _ build: (inout GraphBytes) -> Void
  ) throws -> (GraphView, ModelPatch) {
    let model = ModelBytes {
      $0.input("x", [nil, 1, 1, 1])
      build(&$0)
      $0.output("y")
      if let other { $0.output(other) }
    }
    let reading = try model.reading(in: folder)
    let patch = try PatchBuilder.patch(for: try reading.plan(), in: reading)
    return (try reading.edited(by: patch).graph, patch)
  }
}
