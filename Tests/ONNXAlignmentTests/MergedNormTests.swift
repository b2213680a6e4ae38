import Equivalence
import ONNXEvaluation
import ONNXModel
import ONNXModelTests
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXAlignment

/// Norms that took in what stands beside them.
@Suite struct MergedNormTests {
  /// Doubles, and adds −1.5 and 1.5; its mean is 1 and −1, and it divides by 2 and 3.
  private func norm(
    _ graph: inout GraphBytes, _ input: String, _ output: String, gamma: [Float] = [4, 6], beta: [Float] = [0.5, -0.5]
  ) {
    for (name, values) in [("mean", [1, -1]), ("variance", [3, 8]), ("gamma", gamma), ("beta", beta)] {
      graph.initializer("\(output).\(name)", [2], values)
    }
    graph.node(
      "BatchNormalization", [input] + ["gamma", "beta", "mean", "variance"].map { "\(output).\($0)" }, [output],
      attributes: [.float("epsilon", 1)])
  }

  private func model(_ build: (inout GraphBytes) -> Void) -> ModelBytes {
    ModelBytes {
      $0.input("x", [nil, 2, nil, nil])
      build(&$0)
      $0.output("y", [nil, 2, nil, nil])
    }
  }

  private func aligned(_ first: ModelBytes, _ second: ModelBytes) throws -> ModelAlignment {
    let (folder, other) = (TemporaryFolder(), TemporaryFolder())
    return try ModelAligner.alignment(
      of: try first.importedGraph(in: folder), and: try second.importedGraph(in: other), limit: 1, keepsNames: true)
  }

  /// Two norms, of which one is left: it multiplies by 4 and adds −4.5 and 4.5.
  private var pair: ModelBytes {
    model {
      norm(&$0, "x", "n")
      norm(&$0, "n", "y")
    }
  }

  @Test func `a norm that took in another one is recovered, certified and told as a piece`() throws {
    let merged = model { norm(&$0, "x", "y", gamma: [8, 12], beta: [-0.5, 0.5]) }
    let found = try aligned(pair, merged)
    #expect(found.certification.changes.isEmpty)
    let fold = try #require(found.certification.folds.first)
    #expect(fold.operator == "BatchNormalization" && fold.norms == ["n", "y"] && fold.channels == 2)
    #expect(fold.weight.tensor == "y.gamma" && fold.weight.maxUlp == 0)
    #expect(fold.bias?.tensor == "y.beta" && fold.bias?.maxUlp == 0)
    #expect(found.pieces.map(\.originalActivation) == ["x"] && found.pieces.map(\.likelyShape) == [[1, 2, 8, 8]])
    let exact = try #require(found.exactConstants).mapValues { try $0().doubles ?? [] }
    #expect(
      try merged.named(exact) == ["y.gamma": [8, 12], "y.beta": [-0.5, 0.5]])
  }

  @Test func `what is wrong is named`() throws {
    let fold = try aligned(pair, model { norm(&$0, "x", "y", gamma: [8, 13], beta: [0, 0.5]) })
      .certification.folds.first
    #expect(fold?.weight.named == [StoredDistance.Run(first: 1, count: 1)])
    #expect(fold?.bias?.named == [StoredDistance.Run(first: 0, count: 1)])
  }

  @Test(arguments: [([2, 1, 1], true), ([2], false)] as [([Int], Bool)])
  func `a norm that took in a constant is recovered where that is one for each channel`(
    shape: [Int], isOfChannels: Bool
  ) throws {
    let before = model {
      $0.initializer("k", shape, [2, 0.5])
      $0.node("Mul", ["x", "k"], ["m"])
      norm(&$0, "m", "y")
    }
    // (k · x − mean) · s + beta: gamma takes k, and beta what the mean then is too much.
    let after = model { norm(&$0, "x", "y", gamma: [8, 3], beta: [2.5, -1.5 + 1]) }
    let found = try aligned(before, after)
    #expect(found.certification.folds.count == (isOfChannels ? 1 : 0))
    guard isOfChannels else { return }
    #expect(found.certification.folds.first?.weight.maxUlp == 0)
    #expect(found.certification.folds.first?.bias?.named == [StoredDistance.Run(first: 1, count: 1)])
  }
}
