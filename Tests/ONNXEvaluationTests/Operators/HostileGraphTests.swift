import Equivalence
import ONNXModelTests
import Tensors
import Testing

@testable import ONNXEvaluation

/// Bodies of loops that do not fit what surrounds them.
@Suite struct HostileGraphTests {
  /// Adds what it scans to its state, and gives both.
  private static let body = GraphBytes {
    $0.input("s", nil)
    $0.input("e", nil)
    $0.node("Add", ["s", "e"], ["t"])
    $0.node("Identity", ["t"], ["o"])
    for name in ["t", "o"] { $0.output(name) }
  }

  private func scan(_ attributes: AttributeBytes..., count: Int = 1) -> [AttributeBytes] {
    [.graph("body", Self.body), .int("num_scan_inputs", count)] + attributes
  }

  private func reason(_ attributes: [AttributeBytes], opset: Int = 17, outputs: Int = 2, _ inputs: [Tensor?]) throws
    -> String?
  {
    let model = ModelBytes(opset: opset) { graph in
      for (index, tensor) in inputs.enumerated() where tensor != nil { graph.input("x\(index)", nil) }
      let names = inputs.indices.map { inputs[$0] == nil ? "" : "x\($0)" }
      graph.node("Scan", names, (0..<outputs).map { "y\($0)" }, attributes: attributes)
    }
    var values: [String: Tensor] = [:]
    for (index, tensor) in inputs.enumerated() { values["x\(index)"] = tensor }
    return try model.evaluation(values).unexecuted.first?.reason
  }

  @Test func `a scan that fits runs`() throws {
    #expect(try reason(scan(), [zeros([1]), zeros([3, 1])]) == nil)
    #expect(try reason(scan(), opset: 8, [nil, zeros([2, 1]), zeros([2, 3, 1])]) == nil)
  }

  @Test func `a scan whose attributes do not fit its inputs fails`() throws {
    let inputs = [zeros([1]), zeros([3, 1])]
    for attributes in [
      scan(count: 3), scan(count: 0), scan(count: -1), scan(.ints("scan_input_axes", [0, 0])),
      scan(.ints("scan_input_axes", [2])), scan(.ints("scan_input_directions", [0, 0])),
      scan(.ints("scan_output_axes", [])), scan(.ints("scan_output_axes", [5])),
      scan(.ints("scan_output_directions", [])),
    ] {
      #expect(try reason(attributes, inputs) != nil)
    }
    #expect(try reason(scan(), outputs: 0, inputs) != nil)
    #expect(try reason(scan(), outputs: 3, inputs) != nil)
  }

  @Test func `inputs of different lengths cannot be scanned together`() throws {
    #expect(
      try reason(scan(count: 2), outputs: 2, [zeros([3, 1]), zeros([2, 1])])
        == "the inputs that it scans differ in length")
  }

  @Test func `a batch that differs from input to input cannot be scanned`() throws {
    #expect(try reason(scan(), opset: 8, [nil, zeros([2, 1]), zeros([1, 3, 1])]) != nil)
    #expect(try reason(scan(), opset: 8, outputs: 0, [nil, zeros([2, 1]), zeros([2, 3, 1])]) != nil)
    #expect(try reason(scan(), opset: 8, [nil, zeros([2, 1]), zeros([2])]) != nil)
  }

  @Test func `a loop whose body gives too little fails`() throws {
    let body = GraphBytes {
      $0.input("i", [], type: 7)
      $0.input("go", [], type: 9)
      $0.output("go")
    }
    let model = ModelBytes {
      $0.input("x", nil)
      $0.initializer(.int64("n", [], [2]))
      $0.node("Loop", ["n", "", "x"], ["y"], .graph("body", body))
      $0.output("y")
    }
    #expect(try model.evaluation(["x": zeros([1])]).unexecuted.map(\.reason) == ["its body gives 1 values"])
  }

  @Test func `a branch that is missing fails`() throws {
    #expect(try OneNode("If").failure(truths([true], [])) == "attribute 'then_branch' holds no graph")
  }
}
