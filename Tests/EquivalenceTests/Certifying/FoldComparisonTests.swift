import Tensors
import Testing

@testable import Equivalence

@Suite struct FoldComparisonTests {
  private let norm = AffineStep.normalization(
    gamma: [1, -2], beta: [0.25, 3], mean: [0.5, -0.1], variance: [2, 0.3], epsilon: 1e-5)

  private func parameters(
    _ weight: [Double], bias: [Double]? = nil, _ steps: AffineStep..., kind: ElementType = .float32
  ) throws -> LinearParameters {
    let layout = try #require(WeightLayout(channels: 2, inner: weight.count / 2, count: weight.count))
    var result = LinearParameters(
      weight: { weight }, weightCount: weight.count, weightKind: kind, weightTensor: "w", layout: layout,
      chain: AffineChain(channels: 2, steps: steps))
    result.bias = bias
    result.biasTensor = bias == nil ? "" : "b"
    return result
  }

  private func certificate(
    _ original: LinearParameters, _ candidate: LinearParameters, limit: Double = 1
  ) throws -> FoldCertificate {
    let comparison = try #require(try FoldComparison(original, candidate))
    let titles = FoldTitles(value: "y", graph: "", operator: "Conv", node: "", norms: ["y"])
    return try comparison.certificate(titles, limit: limit)
  }

  /// What the original's parameters become, each rounded once.
  private func folded(_ original: LinearParameters, as round: (Double) -> Double) throws -> ([Double], [Double]) {
    let comparison = try #require(try FoldComparison(original, try parameters([0, 0, 0, 0], bias: [0, 0])))
    return (try comparison.exactWeight().map(round), try #require(comparison.exactBias()).map(round))
  }

  @Test func `a right fold is within half a unit`() throws {
    let original = try parameters([0.1, -0.7, 3, 5e-3].map { Double(Float($0)) }, bias: [0.3, 0], norm)
    let (weight, bias) = try folded(original) { Double(Float($0)) }
    let found = try certificate(original, try parameters(weight, bias: bias))
    #expect(try #require(found.weight.maxUlp) <= 0.5 && found.weight.elements == 4)
    #expect(try #require(found.bias?.maxUlp) <= 0.5 && !found.isBeyondLimit)
    #expect(found.weight.histogram.counts.reduce(0, +) == 4 && found.weight.named.isEmpty)
    #expect(abs(found.scales.greatest - 2 / 0.30001.squareRoot()) < 1e-9)
    #expect(found.rangesBefore?.least == Double(Float(0.7)) && found.rangesBefore?.greatest == 3)
    #expect(found.outputBound.perUnitInput > 0 && found.outputBound.perUnitInput < 1e-6)
  }

  @Test func `an element that changed by two units is named at its place`() throws {
    let original = try parameters([0.5, 0.25, 3, 5], bias: [0.25, 0], norm)
    var (weight, bias) = try folded(original) { Double(Float($0)) }
    weight[2] = Double(Float(weight[2]).nextUp.nextUp)
    bias[1] = Double(Float(bias[1]).nextDown.nextDown)
    let found = try certificate(original, try parameters(weight, bias: bias))
    #expect(found.weight.named == [StoredDistance.Run(first: 2, count: 1)] && found.weight.beyondOne == 1)
    #expect(found.bias?.named == [StoredDistance.Run(first: 1, count: 1)] && found.isBeyondLimit)
  }

  @Test func `what another tool's rounding costs is within its limit, and counted`() throws {
    let original = try parameters([0.5, 0.25, 3, 5], norm)
    var (weight, bias) = try folded(original) { Double(Float($0)) }
    for index in weight.indices { weight[index] = Double(Float(weight[index]).nextUp.nextUp) }
    bias[0] += 1e-20
    let found = try certificate(original, try parameters(weight, bias: bias), limit: 4)
    #expect(found.weight.beyondOne == 4 && found.weight.beyondLimit == 0 && found.weight.named.isEmpty)
  }

  @Test func `a bias that nearly cancels out counts by itself, but not by another tool's limit`() throws {
    let step = AffineStep.addition([-1 + 0x1p-24, 0])
    let original = try parameters([1, 1, 1, 1], bias: [1, 0], step)
    let candidate = try parameters([1, 1, 1, 1], bias: [0x1p-23, 0])
    #expect(try certificate(original, candidate, limit: 1).bias?.beyondLimit == 1)
    let found = try certificate(original, candidate, limit: 4)
    #expect(found.bias?.beyondLimit == 0 && found.bias?.beyondOne == 1)
  }

  @Test func `a bias that is missing is infinitely or far off`() throws {
    let original = try parameters([1, 1, 1, 1], .addition([0.5, 0]))
    let found = try certificate(original, try parameters([1, 1, 1, 1]))
    #expect(found.bias?.beyondOne == 1 && found.bias?.elements == 2)
    #expect(try certificate(try parameters([1, 1, 1, 1]), try parameters([1, 1, 1, 1])).bias == nil)
  }

  @Test func `a bias may stand in an addition behind the operator`() throws {
    let original = try parameters([0.5, 0.25, 3, 5], bias: [0.25, 0], norm)
    let (weight, bias) = try folded(original) { Double(Float($0)) }
    let candidate = try parameters(weight, .addition(bias))
    #expect(try #require(try certificate(original, candidate).bias?.maxUlp) <= 0.5)
    let comparison = try #require(try FoldComparison(original, candidate))
    #expect(comparison.exactBias()?.map { Double(Float($0)) } == bias)
  }

  @Test func `factors of the operator count, and a factor of 0 makes any bias none`() throws {
    var original = try parameters([1, 2, 3, 4], bias: [.nan, .infinity], .multiplication([2, 3]))
    original.weightFactor = 0.5
    original.biasFactor = 0
    let found = try certificate(original, try parameters([1, 2, 4.5, 6], bias: [0, 0]))
    #expect(found.weight.maxUlp == 0 && found.bias?.maxUlp == 0)
  }

  @Test func `what overflowed is infinitely far off`() throws {
    let original = try parameters([1, 1, 3e38, 1], .multiplication([1, 10]))
    let found = try certificate(original, try parameters([1, 1, .infinity, 10]))
    #expect(found.weight.maxUlp == nil && found.weight.beyondLimit == 1)
    #expect(found.outputBound.perUnitInput == .greatestFiniteMagnitude)
  }

  @Test func `a float64 is told from its neighbour`() throws {
    let original = try parameters([0.1, 0.2, 0.3, 0.4], .division([3, 7]), kind: .float64)
    var weight = try #require(try FoldComparison(original, try parameters([0, 0, 0, 0], kind: .float64))).exactWeight()
    let right = try certificate(original, try parameters(weight, kind: .float64))
    #expect(try #require(right.weight.maxUlp) <= 1)
    weight[1] = weight[1].nextUp.nextUp
    let wrong = try certificate(original, try parameters(weight, kind: .float64))
    #expect(wrong.weight.named == [StoredDistance.Run(first: 1, count: 1)])
  }

  @Test func `parameters of another form are not compared`() throws {
    let four = try parameters([1, 2, 3, 4])
    #expect(try FoldComparison(four, try parameters([1, 2, 3, 4, 5, 6])) == nil)
    #expect(try FoldComparison(four, try parameters([1, 2, 3, 4], kind: .float16)) == nil)
  }

  @Test func `a candidate that multiplies by 0 itself is not compared`() throws {
    let zero = try parameters([1, 2, 3, 4], .multiplication([0, 1]))
    #expect(try FoldComparison(zero, zero) == nil)
  }
}
