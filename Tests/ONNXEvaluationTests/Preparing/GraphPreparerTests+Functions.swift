import Equivalence
import ONNXModelTests
import ProtobufIOTests
import Tensors
import Testing

@testable import ONNXEvaluation

/// Functions of a model.
extension GraphPreparerTests {
  /// A model that calls the function F of domain d on x.
  private func caller(_ attributes: AttributeBytes..., functions: WireMessage...) -> ModelBytes {
    var model = ModelBytes {
      $0.input("x", [2])
      $0.node("F", ["x"], ["y"], name: "call", domain: "d", attributes: attributes)
      $0.output("y")
    }
    model.opsets.append(("d", 1))
    model.functions = functions
    return model
  }

  private func function(
    _ name: String, opset: Int = 17, defaults: [AttributeBytes] = [], attributes: [String] = [],
    _ build: (inout GraphBytes) -> Void
  ) -> WireMessage {
    let body = GraphBytes(build)
    return WireMessage {
      $0.string(1, name)
      $0.string(4, "a")
      $0.string(5, "b")
      for attribute in attributes { $0.string(6, attribute) }
      for node in body.nodes { $0.message(7, node) }
      for (domain, version) in [("", opset), ("d", 1)] {
        $0.message(9) {
          $0.string(1, domain)
          $0.varint(2, version)
        }
      }
      $0.string(10, "d")
      for attribute in defaults { $0.message(11, attribute.message) }
    }
  }

  private var inputs: [String: Tensor] { ["x": reals([1, -2])] }

  @Test func `a function is run as its body`() throws {
    let model = caller(
      functions: function("F") {
        $0.node("Neg", ["a"], ["n"])
        $0.node("Add", ["n", "n"], ["b"])
      })
    #expect(try model.result(inputs).doubles == [-2, 4])
  }

  @Test func `a function's body has operator sets of its own`() throws {
    // Before opset 13 the axes of Unsqueeze are an attribute.
    let model = caller(
      functions: function("F", opset: 11) { $0.node("Unsqueeze", ["a"], ["b"], .ints("axes", [0])) })
    #expect(try model.result(inputs).shape == [1, 2])
  }

  @Test func `a body takes attributes from the call, or their defaults`() throws {
    let leaky = function("F", defaults: [.float("slope", 0.5)], attributes: []) {
      $0.node("LeakyRelu", ["a"], ["b"], .reference("alpha", to: "slope", type: 1))
    }
    #expect(try caller(functions: leaky).result(inputs).doubles == [1, -1])
    #expect(try caller(.float("slope", 0.25), functions: leaky).result(inputs).doubles == [1, -0.5])
  }

  @Test func `an attribute that the call does not give is left out`() throws {
    let leaky = function("F", attributes: ["slope"]) {
      $0.node("LeakyRelu", ["a"], ["b"], .reference("alpha", to: "slope", type: 1))
    }
    #expect(try caller(functions: leaky).result(inputs, precision: .float64).doubles == [1, -2 * Double(Float(0.01))])
    #expect(try caller(.float("slope", 0.25), functions: leaky).result(inputs).doubles == [1, -0.5])
  }

  @Test func `attributes are handed on through nested calls`() throws {
    let model = caller(
      .float("outer", 0.25),
      functions: function("F", attributes: ["outer"]) {
        $0.node("G", ["a"], ["m"], domain: "d", .reference("inner", to: "outer", type: 1))
        $0.node("G", ["m"], ["b"], domain: "d", .float("inner", 2))
      },
      function("G", attributes: ["inner"]) {
        $0.node("LeakyRelu", ["a"], ["b"], .reference("alpha", to: "inner", type: 1))
      })
    #expect(try model.result(inputs).doubles == [1, -1])
  }

  @Test func `a function that calls itself is refused`() {
    let model = caller(functions: function("F") { $0.node("F", ["a"], ["b"], domain: "d") })
    let error = #expect(throws: EvaluationError.self) { _ = try model.evaluation(inputs) }
    #expect(error?.message == "function 'F' calls itself")
  }

  @Test func `two functions that call each other are refused`() {
    let model = caller(
      functions: function("F") { $0.node("G", ["a"], ["b"], domain: "d") },
      function("G") { $0.node("F", ["a"], ["b"], domain: "d") })
    let error = #expect(throws: EvaluationError.self) { _ = try model.evaluation(inputs) }
    #expect(error?.message == "function 'F' calls itself")
  }

  @Test func `a failure within a function is that of its call`() throws {
    let model = caller(functions: function("F") { $0.node("Odd", ["a"], ["b"], name: "n") })
    let failures = try model.evaluation(inputs).unexecuted
    #expect(failures.map(\.node) == ["call"] && failures.map(\.operator) == ["F"])
    #expect(failures.map(\.reason) == ["Odd 'n' within it: the operator is not known"])
  }
}
