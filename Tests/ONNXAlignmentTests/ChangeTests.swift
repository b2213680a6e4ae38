import Equivalence
import ONNXModel
import ONNXModelTests
import ProtobufIOTests
import Testing

@testable import ONNXAlignment

/// What counts as changed, and what does not.
@Suite struct ChangeTests {
  private func model(opset: Int = 17, _ build: (inout GraphBytes) -> Void) -> ModelBytes {
    ModelBytes(opset: opset) {
      $0.input("x", [2, 2])
      build(&$0)
      $0.output("y", [2, 2])
    }
  }

  private func changes(_ first: ModelBytes, _ second: ModelBytes) throws -> [String] {
    let (folder, other) = (TemporaryFolder(), TemporaryFolder())
    let found = try ModelAligner.alignment(
      of: try first.importedGraph(in: folder), and: try second.importedGraph(in: other), limit: 1)
    return found.certification.changes.map { "\($0.name): \($0.text)" }
  }

  private let plain: (inout GraphBytes) -> Void = {
    $0.node("LeakyRelu", ["x"], ["y"], attributes: [.float("alpha", 0.5)])
  }

  @Test func `another operator, attribute or input`() throws {
    #expect(
      try changes(model(plain), model { $0.node("Relu", ["x"], ["y"]) })
        == ["y: Relu makes it rather than LeakyRelu"])
    let steeper = model { $0.node("LeakyRelu", ["x"], ["y"], attributes: [.float("alpha", 0.25)]) }
    #expect(try changes(model(plain), steeper) == ["y: attribute 'alpha' of its node is another one"])
    let stated = model { $0.node("LeakyRelu", ["x"], ["y"]) }
    #expect(try changes(model(plain), stated) == ["y: attribute 'alpha' of its node is another one"])
    let longer = model {
      $0.node("Neg", ["x"], ["n"])
      $0.node("LeakyRelu", ["n"], ["y"], attributes: [.float("alpha", 0.5)])
    }
    #expect(try changes(model(plain), longer) == ["n: Neg makes a value that is new", "y: reads another 'x'"])
  }

  /// A norm and a Dropout behind it.
  private func trained(
    opset: Int = 15, norm: [AttributeBytes] = [], outputs: [String] = [], _ dropout: [String] = []
  ) -> ModelBytes {
    model(opset: opset) {
      for name in ["g", "b", "m", "v"] { $0.initializer(name, [2]) }
      $0.initializer("r", [], [0.5])
      $0.initializer(TensorBytes.bool("t", true))
      $0.node("BatchNormalization", ["x", "g", "b", "m", "v"], ["n"] + outputs, attributes: norm)
      $0.node("Dropout", ["n"] + dropout, ["y"])
    }
  }

  @Test func `a norm or a Dropout that trains in one of both alone`() throws {
    let both = ["n: its node trains in one of both alone"]
    #expect(try changes(trained(norm: [.int("training_mode", 1)]), trained()) == both)
    #expect(try changes(trained(outputs: ["p", "q"]), trained()) == both)
    #expect(try changes(trained(opset: 9, norm: [.int("is_test", 0)]), trained(opset: 9)) == both)
    #expect(try changes(trained(["r", "t"]), trained(["r"])) == ["y: its node trains in one of both alone"])
    #expect(try changes(trained(norm: [.int("training_mode", 0)]), trained()).isEmpty)
  }

  @Test func `no norm or Dropout that trains where it is taken as inference`() throws {
    let (folder, other) = (TemporaryFolder(), TemporaryFolder())
    let original = trained(norm: [.int("training_mode", 1)], outputs: ["p", "q"], ["r", "t"])
    let found = try ModelAligner.alignment(
      of: try original.importedGraph(in: folder), and: try trained(["r"]).importedGraph(in: other), limit: 1,
      assumesInference: (true, false))
    #expect(found.certification.changes.isEmpty && found.certification.sameNodes == 2)
  }

  @Test func `another constant, but not one that is stored otherwise`() throws {
    func scaled(_ build: (inout GraphBytes) -> Void) -> ModelBytes {
      model {
        build(&$0)
        $0.node("Mul", ["x", "k"], ["y"], name: "mul")
      }
    }
    let before = scaled { $0.initializer("k", [1], [2]) }
    let raw = scaled { $0.initializer(TensorBytes("k", type: 1, [1], raw: [0, 0, 0, 0x40])) }
    let node = scaled {
      $0.node("Constant", [], ["k"], attributes: [.tensor("value", TensorBytes("", [1], [2]))])
    }
    #expect(try changes(before, raw).isEmpty && changes(before, node).isEmpty)
    #expect(try changes(before, scaled { $0.initializer("k", [1], [3]) }) == ["y: 'mul' reads another 'k'"])
    #expect(try changes(before, scaled { $0.initializer("k", [1, 1], [2]) }) == ["y: 'mul' reads another 'k'"])
  }

  @Test func `a default that is written out is none`() throws {
    func pooled(_ attributes: AttributeBytes...) -> ModelBytes {
      model { $0.node("MaxPool", ["x"], ["y"], attributes: [.ints("kernel_shape", [2])] + attributes) }
    }
    #expect(
      try changes(pooled(), pooled(.ints("strides", [1]), .int("ceil_mode", 0), .string("auto_pad", "NOTSET"))).isEmpty)
    #expect(
      try changes(pooled(), pooled(.ints("strides", [2]))) == ["y: attribute 'strides' of its node is another one"])
  }

  @Test func `another interface or operator set`() throws {
    let other = ModelBytes {
      $0.input("x", [2, 3])
      plain(&$0)
      $0.output("y", [2, 2])
      $0.output("x", [2, 3])
    }
    #expect(
      try changes(model(plain), other).sorted() == [
        ": has 2 outputs rather than 1", "x: is an input of another type or shape",
      ])
    #expect(try changes(model(plain), model(opset: 16, plain)) == [": other operator sets are imported"])
    var more = model(plain)
    more.opsets.append(("com.example", 1))
    #expect(try changes(model(plain), more).isEmpty)
  }

  @Test func `an identity that is passed by is no change`() throws {
    let before = model {
      $0.node("Identity", ["x"], ["i"])
      $0.node("Neg", ["i"], ["y"])
    }
    #expect(try changes(before, model { $0.node("Neg", ["x"], ["y"]) }).isEmpty)
  }

  @Test func `what a subgraph changes is told with its path`() throws {
    func branching(_ operation: String) -> ModelBytes {
      let branch = GraphBytes {
        $0.node(operation, ["x"], ["r"])
        $0.output("r")
      }
      return ModelBytes {
        $0.input("x", [2, 2])
        $0.input("c", [], type: 9)
        $0.node(
          "If", ["c"], ["y"], name: "choice",
          attributes: [.graph("then_branch", branch), .graph("else_branch", branch)])
        $0.output("y", [2, 2])
      }
    }
    #expect(try changes(branching("Neg"), branching("Neg")).isEmpty)
    let (folder, other) = (TemporaryFolder(), TemporaryFolder())
    let found = try ModelAligner.alignment(
      of: try branching("Neg").importedGraph(in: folder), and: try branching("Abs").importedGraph(in: other), limit: 1)
    #expect(Set(found.certification.changes.map(\.graph)) == ["choice/then_branch", "choice/else_branch"])
  }
}
