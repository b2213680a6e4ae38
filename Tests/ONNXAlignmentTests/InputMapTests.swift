import Equivalence
import ONNXEvaluation
import ONNXModel
import ONNXModelTests
import ProtobufIOTests
import RecordedData
import Tensors
import Testing

@testable import ONNXAlignment

/// Folds of what stands in front of an operator.
@Suite struct InputMapTests {
  /// An operator of the weight 1, 2, 3, 4 and what it becomes where channels are multiplied by 1 and 4 and −0.5 and 3.5
  /// are added in front of it.
  struct Absorber: CustomTestStringConvertible, Sendable {
    let operation: String
    var attributes: [AttributeBytes] = []
    let shape: [Int]
    let weight: [Float]
    let bias: [Float]
    var rank: Int { shape.count }
    var testDescription: String { "\(operation) \(weight)" }
  }

  static let absorbers = [
    Absorber(operation: "Conv", shape: [2, 2, 1, 1], weight: [1, 8, 3, 16], bias: [6.5, 12.5]),
    Absorber(
      operation: "Conv", attributes: [.string("auto_pad", "SAME_UPPER")], shape: [2, 2, 1], weight: [1, 8, 3, 16],
      bias: [6.5, 12.5]),
    Absorber(
      operation: "Conv", attributes: [.int("group", 2)], shape: [2, 1, 1, 2], weight: [1, 2, 12, 16],
      bias: [-1.5, 24.5]),
    Absorber(operation: "ConvTranspose", shape: [2, 2, 1, 1], weight: [1, 2, 12, 16], bias: [10, 13]),
    Absorber(operation: "Gemm", shape: [2, 2], weight: [1, 2, 12, 16], bias: [10, 13]),
    Absorber(
      operation: "Gemm", attributes: [.int("transB", 1), .float("alpha", 2)], shape: [2, 2], weight: [1, 8, 3, 16],
      bias: [13, 25]),
  ]

  private func model(_ rank: Int, _ build: (inout GraphBytes) -> Void) -> ModelBytes {
    ModelBytes {
      $0.input("x", [nil, 2] + Array(repeating: nil, count: rank - 2))
      for (name, values) in [
        ("gamma", [2, 12]), ("beta", [0.5, -0.5]), ("mean", [1, -1]), ("variance", [3, 8]),
      ] as [(String, [Float])] {
        $0.initializer(name, [2], values)
      }
      build(&$0)
      $0.output("y", Array(repeating: nil, count: rank))
    }
  }

  private func norm(_ graph: inout GraphBytes, _ input: String, _ output: String) {
    graph.node(
      "BatchNormalization", [input, "gamma", "beta", "mean", "variance"], [output],
      attributes: [.float("epsilon", 1)])
  }

  private func normed(_ absorber: Absorber) -> ModelBytes {
    model(absorber.rank) {
      norm(&$0, "x", "n")
      $0.initializer("w", absorber.shape, [1, 2, 3, 4])
      $0.node(absorber.operation, ["n", "w"], ["y"], attributes: absorber.attributes)
    }
  }

  private func fused(_ absorber: Absorber, weight: [Float]? = nil, bias: [Float]? = nil) -> ModelBytes {
    model(absorber.rank) {
      $0.initializer("w", absorber.shape, weight ?? absorber.weight)
      $0.initializer("b", [2], bias ?? absorber.bias)
      $0.node(absorber.operation, ["x", "w", "b"], ["y"], attributes: absorber.attributes)
    }
  }

  /// - Parameter keepsNames: As where the candidate is made by this program.
  private func aligned(_ first: ModelBytes, _ second: ModelBytes, keepsNames: Bool = false) throws -> ModelAlignment {
    let (folder, other) = (TemporaryFolder(), TemporaryFolder())
    return try ModelAligner.alignment(
      of: try first.importedGraph(in: folder), and: try second.importedGraph(in: other), limit: 1,
      keepsNames: keepsNames)
  }

  @Test(arguments: absorbers, [false, true])
  func `a norm in front is recovered, certified and told as a piece`(absorber: Absorber, keepsNames: Bool) throws {
    let found = try aligned(normed(absorber), fused(absorber), keepsNames: keepsNames)
    #expect(found.certification.changes.isEmpty && found.renamed.isEmpty)
    let fold = try #require(found.certification.folds.first)
    #expect(fold.value == "y" && fold.norms == ["n"] && fold.operator == absorber.operation)
    #expect(fold.weight.maxUlp == 0 && fold.bias?.maxUlp == 0)
    #expect(found.pieces.map(\.originalActivation) == ["x"] && found.pieces.map(\.originalValue) == ["y"])
    let exact = try #require(found.exactConstants).mapValues { try $0().doubles ?? [] }
    #expect(
      try fused(absorber).named(exact) == ["w": absorber.weight.map(Double.init), "b": absorber.bias.map(Double.init)])
  }

  @Test(arguments: absorbers, 0..<4)
  func `a weight that is wrong is named`(absorber: Absorber, index: Int) throws {
    var weight = absorber.weight
    weight[index] = weight[index].nextUp.nextUp
    let fold = try aligned(normed(absorber), fused(absorber, weight: weight)).certification.folds.first
    #expect(fold?.weight.named == [StoredDistance.Run(first: index, count: 1)] && fold?.bias?.named.isEmpty == true)
  }

  @Test(arguments: absorbers)
  func `a shift that is forgotten is named`(absorber: Absorber) throws {
    let fold = try aligned(normed(absorber), fused(absorber, bias: [0, 0])).certification.folds.first
    #expect(fold?.bias?.named == [StoredDistance.Run(first: 0, count: 2)] && fold?.weight.named.isEmpty == true)
  }

  @Test(arguments: absorbers)
  func `scales of neighbours that are swapped are named`(absorber: Absorber) throws {
    let swapped = zip(absorber.weight, [1, 2, 3, 4] as [Float]).map { $0 / $1 == 1 || $0 / $1 == 2 ? $1 * 4 : $1 }
    let fold = try aligned(normed(absorber), fused(absorber, weight: swapped)).certification.folds.first
    #expect(fold?.weight.beyondLimit == 4)
  }

  @Test func `a product takes the shift behind it`() throws {
    let absorber = Self.absorbers[4]
    let before = model(2) {
      norm(&$0, "x", "n")
      $0.initializer("w", [2, 2], [1, 2, 3, 4])
      $0.node("MatMul", ["n", "w"], ["y"])
    }
    let after = model(2) {
      $0.initializer("w", [2, 2], absorber.weight)
      $0.initializer("b", [2], absorber.bias)
      $0.node("MatMul", ["x", "w"], ["y_scaled"])
      $0.node("Add", ["y_scaled", "b"], ["y"])
    }
    let found = try aligned(before, after, keepsNames: true)
    #expect(found.certification.changes.isEmpty)
    #expect(found.certification.folds.map(\.weight.maxUlp) == [0] && found.certification.folds[0].bias?.maxUlp == 0)
  }

  @Test func `a shift in front of padding is recovered as nothing`() throws {
    let padded = Absorber(
      operation: "Conv", attributes: [.ints("pads", [0, 0, 0, 1])], shape: [2, 2, 1, 1], weight: [1, 8, 3, 16],
      bias: [6.5, 12.5])
    let found = try aligned(normed(padded), fused(padded), keepsNames: true)
    #expect(found.certification.folds.isEmpty && found.exactConstants == nil)
    #expect(found.certification.changes.map(\.name) == ["y"])
  }

  @Test(arguments: [([1, 2, 3, 4] as [Float], false), ([1, 1, 3, 3], true)])
  func `a shift in front of a transposed convolution is recovered where each output has the same`(
    weight: [Float], isUniform: Bool
  ) throws {
    // One channel of the output, and as many taps as the stride.
    func model(_ build: (inout GraphBytes) -> Void) -> ModelBytes {
      self.model(3) {
        build(&$0)
        $0.node("ConvTranspose", ["a", "w", "b"], ["y"], attributes: [.ints("strides", [2])])
      }
    }
    let before = model {
      norm(&$0, "x", "a")
      $0.initializer("w", [2, 1, 2], weight)
      $0.initializer("b", [1], [0])
    }
    let after = ModelBytes {
      $0.input("x", [nil, 2, nil])
      $0.initializer("w", [2, 1, 2], zip(weight, [1, 1, 4, 4]).map { $0 * $1 })
      $0.initializer("b", [1], [weight[0] * -0.5 + weight[2] * 3.5])
      $0.node("ConvTranspose", ["x", "w", "b"], ["y"], attributes: [.ints("strides", [2])])
      $0.output("y", [nil, nil, nil])
    }
    let found = try aligned(before, after)
    #expect(found.certification.folds.count == (isUniform ? 1 : 0))
    #expect(found.certification.folds.allSatisfy { !$0.isBeyondLimit })
  }

  @Test func `a norm that both models have in front of an operator is none of its maps`() throws {
    func model(_ weight: [Float]) -> ModelBytes {
      self.model(4) {
        norm(&$0, "x", "n")
        $0.initializer("w", [2, 2, 1, 1], weight)
        $0.node("Conv", ["n", "w"], ["y"])
      }
    }
    let found = try aligned(model([1, 2, 3, 4]), model([1, 2, 3, 5]))
    #expect(found.pieces.map(\.originalActivation) == ["n"])
    #expect(found.certification.folds.first?.weight.named == [StoredDistance.Run(first: 3, count: 1)])
  }
}
