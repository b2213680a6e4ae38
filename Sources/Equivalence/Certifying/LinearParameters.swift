package import Tensors

/// The numbers of a linear operator and of the maps around it, as a model stores them.
package struct LinearParameters {
  private let readWeight: () throws -> [Double]
  package var weightCount: Int
  package var weightKind: ElementType
  package var weightTensor: String
  /// Whether the weight is integers times stored numbers.
  package var weightIsProduct = false
  /// For each channel the stored number that its integers are multiplied by; nil where it is several.
  package var weightScales: [Double]?
  package var layout: WeightLayout
  /// What the operator multiplies its weight by.
  package var weightFactor = 1.0
  /// One number for each channel, or so many for each of several rows.
  package var bias: [Double]?
  package var biasFactor = 1.0
  package var biasKind: ElementType
  /// How what `biasTensor` holds is stored as integers; nil for plain numbers.
  package var biasSteps: BiasSteps?
  /// The tensor that holds the bias: the operator's own or that of an addition behind it.
  package var biasTensor: String
  /// The maps behind the operator.
  package var chain: AffineChain
  /// Those in front of it; nil where those cannot be told channel by channel.
  package var input: InputSide?
  /// Those beside it.
  package private(set) var parallel: ParallelSide?

  package init(
    weight: @escaping () throws -> [Double], weightCount: Int, weightKind: ElementType, weightTensor: String,
    layout: WeightLayout, chain: AffineChain
  ) {
    readWeight = weight
    self.weightCount = weightCount
    self.weightKind = weightKind
    self.weightTensor = weightTensor
    self.layout = layout
    self.chain = chain
    biasKind = weightKind
    biasTensor = ""
  }

  /// Takes in maps beside the operator, and those behind the sum.
  package mutating func add(_ parallel: ParallelSide) {
    self.parallel = parallel
    chain = AffineChain(
      channels: chain.channels, steps: chain.steps + parallel.additions + parallel.outer.steps)
  }

  /// Whether maps stand in front of the operator.
  var hasInputMaps: Bool { !(input?.chain.steps.isEmpty ?? true) }

  /// Reads the weight.
  ///
  /// - Throws: Where it cannot be read, or is not as large as it was said to be.
  func weight() throws -> [Double] {
    let weight = try readWeight()
    guard weight.count == weightCount else {
      throw EvaluationError(.invalidModel, "'\(weightTensor)' cannot be read")
    }
    return weight
  }

  /// The bias as the maps see it; a factor of 0 makes any number one that is not there.
  func start(_ index: Int) -> TwoPart {
    guard let bias, biasFactor != 0 else { return TwoPart(0) }
    return TwoPart(biasFactor) * TwoPart(bias[index])
  }

  /// What the bias, and what the maps in front come to, become behind all maps.
  ///
  /// - Parameters:
  ///   - shift: What the maps in front add to the operator's output, before its factor.
  func finalBias(
    _ index: Int, shift: (sum: TwoPart, magnitude: Double) = (TwoPart(0), 0)
  ) -> (value: TwoPart, largest: Double) {
    let start = start(index)
    return chain.image(
      of: start + TwoPart(weightFactor) * shift.sum, channel: index % chain.channels,
      largest: max(start.magnitude, abs(weightFactor) * shift.magnitude))
  }
}
