import Equivalence
import ONNXEvaluation
import ONNXModel
import ONNXModelTests
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXAlignment

@Suite struct ModelAlignerTests {
  private let original = ModelBytes { $0 = .convNorm(weight: [1, 3]) }

  /// The right fold: every weight doubled, and −1.5 and 1.5 as the bias.
  private let fused = ModelBytes {
    $0.input("x", [nil, 1, nil, nil])
    $0.conv("x", "y", weight: [2, 6], bias: [-1.5, 1.5])
    $0.output("y", [nil, 2, nil, nil])
  }

  private func aligned(_ first: ModelBytes, _ second: ModelBytes, limit: Double = 1) throws -> ModelAlignment {
    let (folder, other) = (TemporaryFolder(), TemporaryFolder())
    return try ModelAligner.alignment(
      of: try first.importedGraph(in: folder), and: try second.importedGraph(in: other), limit: limit)
  }

  @Test func `a model is the same as itself`() throws {
    let found = try aligned(original, original)
    #expect(found.certification.isSameElsewhere && found.certification.folds.isEmpty && found.pieces.isEmpty)
    #expect(found.certification.sameNodes == 2 && found.renamed.isEmpty && found.exactConstants?.isEmpty == true)
  }

  @Test func `a fold is recovered, certified and told as a piece`() throws {
    let found = try aligned(original, fused)
    #expect(found.certification.changes.isEmpty)
    let fold = try #require(found.certification.folds.first)
    #expect(fold.value == "y" && fold.norms == ["y"] && fold.operator == "Conv" && fold.channels == 2)
    #expect(fold.weight.tensor == "y.weight" && fold.weight.maxUlp == 0)
    #expect(fold.bias?.tensor == "y.bias" && fold.bias?.maxUlp == 0)
    #expect(found.pieces.map(\.originalActivation) == ["x"] && found.pieces.map(\.candidateValue) == ["y"])
    #expect(found.pieces[0].likelyShape == [1, 1, 8, 8])
    let constants = try #require(found.exactConstants)
    let exact = try constants.mapValues { try $0().doubles }
    #expect(
      try fused.named(exact) == ["y.weight": [2, 6], "y.bias": [-1.5, 1.5]])
  }

  @Test func `what is stored for a fold can be moved by a unit in the last place`() throws {
    let constants = try aligned(original, fused).movedConstants(seed: 0).mapValues { try $0().doubles ?? [] }
    let moved = try fused.named(constants)
    // The largest number that each bias is a sum of lies between 2 and 4.
    let distances = [("y.weight", [2.0, 6]), ("y.bias", [-1.5, 1.5])].map { name, stored in
      zip(moved[name] ?? [], stored).map { abs($0 - $1) }
    }
    #expect(distances == [[0x1p-22, 0x1p-21], [0x1p-22, 0x1p-22]])
  }

  @Test func `a wrong fold is recovered too, and what is wrong is named`() throws {
    let wrong = ModelBytes {
      $0.input("x", [nil, 1, nil, nil])
      $0.conv("x", "y", weight: [2, 7], bias: [-1.5, 0])
      $0.output("y", [nil, 2, nil, nil])
    }
    let fold = try #require(try aligned(original, wrong).certification.folds.first)
    #expect(
      fold.weight.named == [StoredDistance.Run(first: 1, count: 1)]
        && fold.bias?.named == [StoredDistance.Run(first: 1, count: 1)])
  }

  @Test func `a norm whose operator a tool renamed is found by who reads it`() throws {
    func model(_ build: (inout GraphBytes) -> Void) -> ModelBytes {
      ModelBytes {
        $0.input("x", [nil, 1, nil, nil])
        build(&$0)
        $0.output("z", [nil, 2, nil, nil])
      }
    }
    let before = model {
      $0.conv("x", "c", weight: [1, 3])
      $0.norm("c", "n")
      $0.node("Relu", ["n"], ["z"])
    }
    let after = model {
      $0.conv("x", "c", weight: [2, 6], bias: [-1.5, 1.5])
      $0.node("Relu", ["c"], ["z"])
    }
    let found = try aligned(before, after)
    #expect(found.renamed == ["n": "c"] && found.certification.changes.isEmpty)
    #expect(found.certification.folds.map(\.value) == ["n"])
  }

  @Test func `folds into products, with the bias behind`() throws {
    let before = ModelBytes {
      $0.input("x", [nil, 3])
      $0.initializer("w", [3, 2], [1, 2, 3, 4, 5, 6])
      $0.initializer("b", [2], [1, 1])
      $0.node("MatMul", ["x", "w"], ["m"])
      $0.node("Add", ["b", "m"], ["a"])
      $0.norm("a", "y")
      $0.output("y", [nil, 2])
    }
    let after = ModelBytes {
      $0.input("x", [nil, 3])
      $0.initializer("w", [3, 2], [2, 4, 6, 8, 10, 12])
      $0.initializer("b", [2], [0.5, 3.5])
      $0.node("MatMul", ["x", "w"], ["m_scaled"])
      $0.node("Add", ["b", "m_scaled"], ["y"])
      $0.output("y", [nil, 2])
    }
    let found = try aligned(before, after)
    #expect(found.certification.changes.isEmpty)
    #expect(found.certification.folds.map(\.weight.maxUlp) == [0] && found.certification.folds[0].bias?.maxUlp == 0)
  }

  /// A convolution, a constant of every element that doubles the first channel, and a norm.
  private static func scaled(by values: [Float], shape: [Int] = [2, 1, 2]) -> ModelBytes {
    ModelBytes {
      $0.input("x", [nil, 1, 1, 2])
      $0.conv("x", "c", weight: [1, 3])
      $0.initializer("k", shape, values)
      $0.node("Mul", ["k", "c"], ["m"])
      $0.norm("m", "y")
      $0.output("y", [nil, 2, 1, 2])
    }
  }

  @Test func `a constant of several axes is a map by its elements`() throws {
    let after = ModelBytes {
      $0.input("x", [nil, 1, 1, 2])
      $0.conv("x", "y", weight: [4, 6], bias: [-1.5, 1.5])
      $0.output("y", [nil, 2, 1, 2])
    }
    for (values, shape) in [([2, 2, 1, 1], [2, 1, 2]), ([2, 2, 1, 1], [1, 2, 1, 2])] as [([Float], [Int])] {
      let fold = try #require(try aligned(Self.scaled(by: values, shape: shape), after).certification.folds.first)
      #expect(fold.weight.maxUlp == 0 && fold.bias?.maxUlp == 0)
    }
    for (values, shape) in [([2, 2, 1, 1.5], [2, 1, 2]), ([2, 1], [1, 2]), ([2, 1], [2])] as [([Float], [Int])] {
      #expect(try aligned(Self.scaled(by: values, shape: shape), after).certification.folds.isEmpty)
    }
  }

  @Test func `exact parameters are not offered where another node reads the tensor`() throws {
    func model(_ weight: [Float], _ build: (inout GraphBytes) -> Void) -> ModelBytes {
      ModelBytes {
        $0.input("x", [nil, 1, nil, nil])
        $0.initializer("w", [2, 1, 1, 1], weight)
        build(&$0)
        $0.node("Abs", ["w"], ["other"])
        $0.output("other", [2, 1, 1, 1])
        $0.output("y", [nil, 2, nil, nil])
      }
    }
    let before = model([0, 0]) {
      $0.node("Conv", ["x", "w"], ["c"])
      $0.norm("c", "y")
    }
    let after = model([0, 0]) {
      $0.initializer("b", [2], [-1.5, 1.5])
      $0.node("Conv", ["x", "w", "b"], ["y"])
    }
    let found = try aligned(before, after)
    #expect(found.certification.folds.count == 1 && found.exactConstants == nil)
  }

  @Test func `a reader that reads otherwise tells no other name`() throws {
    func model(_ build: (inout GraphBytes) -> Void) -> ModelBytes {
      ModelBytes {
        $0.input("x", [3, 2])
        $0.initializer("w", [2, 2], [1, 2, 3, 4])
        $0.node("Neg", ["x"], ["f"])
        build(&$0)
        $0.output("y", [3, 2])
      }
    }
    let before = model {
      $0.node("Transpose", ["f"], ["t"])
      $0.node("Gemm", ["t", "w"], ["y"], attributes: [.int("transA", 1)])
    }
    #expect(try aligned(before, model { $0.node("Gemm", ["f", "w"], ["y"]) }).renamed.isEmpty)
  }
}
