import Equivalence
import ONNXEvaluation
import ONNXModel
import ONNXModelTests
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXAlignment

/// Norms beside a convolution that took them in.
@Suite struct BranchTests {
  private static let weight: [Float] = (1...12).map(Float.init)
  /// The centres of what leads from a channel to itself are 2 and 11; the norm multiplies by 2 and adds −1.5 and 1.5.
  private static let taken = weight.enumerated().map { [1, 10].contains($0.offset) ? $0.element + 2 : $0.element }

  private func model(_ build: (inout GraphBytes) -> Void) -> ModelBytes {
    ModelBytes {
      $0.input("x", [nil, 2, nil])
      build(&$0)
      $0.output("y", [nil, 2, nil])
    }
  }

  private func convolution(
    _ graph: inout GraphBytes, _ output: String, _ weight: [Float] = weight, bias: [Float]? = nil, pads: [Int] = [1, 1]
  ) {
    graph.initializer("w", [2, 2, 3], weight)
    if let bias { graph.initializer("b", [2], bias) }
    graph.node(
      "Conv", ["x", "w"] + (bias == nil ? [] : ["b"]), [output], attributes: [.ints("pads", pads)])
  }

  private func block(pads: [Int] = [1, 1], _ operation: String = "Add") -> ModelBytes {
    model {
      convolution(&$0, "c", pads: pads)
      $0.norm("x", "n")
      $0.node(operation, ["c", "n"], ["y"])
    }
  }

  private func fused(_ weight: [Float] = taken, bias: [Float] = [-1.5, 1.5], pads: [Int] = [1, 1]) -> ModelBytes {
    model { convolution(&$0, "y", weight, bias: bias, pads: pads) }
  }

  private func aligned(_ first: ModelBytes, _ second: ModelBytes) throws -> ModelAlignment {
    let (folder, other) = (TemporaryFolder(), TemporaryFolder())
    return try ModelAligner.alignment(
      of: try first.importedGraph(in: folder), and: try second.importedGraph(in: other), limit: 1, keepsNames: true)
  }

  @Test(arguments: ["Add", "Sum"])
  func `a norm beside a convolution is recovered, certified and told as a piece`(operation: String) throws {
    let found = try aligned(block(operation), fused())
    #expect(found.certification.changes.isEmpty)
    let fold = try #require(found.certification.folds.first)
    #expect(fold.value == "y" && fold.norms == ["n"] && fold.weight.maxUlp == 0 && fold.bias?.maxUlp == 0)
    #expect(found.pieces.map(\.originalActivation) == ["x"])
    let exact = try #require(found.exactConstants).mapValues { try $0().doubles ?? [] }
    #expect(try fused().named(exact) == ["w": Self.taken.map(Double.init), "b": [-1.5, 1.5]])
  }

  @Test(arguments: [0, 1, 7, 10])
  func `an element that is wrong is named`(index: Int) throws {
    var weight = Self.taken
    weight[index] = weight[index].nextUp.nextUp
    let fold = try aligned(block(), fused(weight)).certification.folds.first
    #expect(fold?.weight.named == [StoredDistance.Run(first: index, count: 1)] && fold?.bias?.named.isEmpty == true)
  }

  @Test func `what a norm would have added to another element is named`() throws {
    let weight = Self.weight.enumerated().map { [4, 7].contains($0.offset) ? $0.element + 2 : $0.element }
    let fold = try aligned(block(), fused(weight, bias: [0, 1.5])).certification.folds.first
    #expect(fold?.weight.named.map(\.first) == [1, 4, 7, 10])
    #expect(fold?.bias?.named == [StoredDistance.Run(first: 0, count: 1)])
  }

  @Test func `a convolution of another place takes in nothing`() throws {
    let found = try aligned(block(pads: [0, 1]), fused(pads: [0, 1]))
    #expect(found.certification.folds.isEmpty && found.certification.changes.map(\.name) == ["y"])
  }

  @Test func `a norm behind the sum counts for all branches`() throws {
    let before = model {
      convolution(&$0, "c")
      $0.norm("x", "n")
      $0.node("Add", ["n", "c"], ["s"])
      $0.norm("s", "y")
    }
    let found = try aligned(before, fused(Self.taken.map { 2 * $0 }, bias: [-4.5, 4.5]))
    #expect(found.certification.folds.map(\.weight.maxUlp) == [0] && found.certification.folds[0].bias?.maxUlp == 0)
    #expect(found.certification.folds[0].norms == ["n", "y"])
  }

  @Test func `branches that both models have are none of the fold`() throws {
    func model(_ names: [String], _ build: (inout GraphBytes) -> Void) -> ModelBytes {
      self.model {
        build(&$0)
        $0.node("Relu", ["x"], ["r"])
        $0.node("Sum", names, ["y"])
      }
    }
    let before = model(["c", "n", "r"]) {
      convolution(&$0, "c")
      $0.norm("x", "n")
    }
    let after = model(["c_scaled", "r"]) { convolution(&$0, "c_scaled", Self.taken, bias: [-1.5, 1.5]) }
    let found = try aligned(before, after)
    #expect(found.certification.changes.isEmpty && found.certification.folds.map(\.weight.maxUlp) == [0])
  }
}
