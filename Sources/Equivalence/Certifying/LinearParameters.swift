/// The numbers of a linear operator and of the maps behind it, as a model stores them.
package struct LinearParameters {
  private let readWeight: () throws -> [Double]
  package var weightCount: Int
  package var weightKind: ElementKind
  package var weightTensor: String
  package var layout: WeightLayout
  /// What the operator multiplies its weight by.
  package var weightFactor = 1.0
  /// One number for each channel, or so many for each of several rows.
  package var bias: [Double]?
  package var biasFactor = 1.0
  package var biasKind: ElementKind
  /// The tensor that holds the bias: the operator's own or that of an addition behind it.
  package var biasTensor: String
  package var chain: AffineChain

  package init(
    weight: @escaping () throws -> [Double], weightCount: Int, weightKind: ElementKind, weightTensor: String,
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

  /// What the bias becomes behind all maps.
  func finalBias(_ index: Int) -> (value: TwoPart, largest: Double) {
    chain.image(of: start(index), channel: index % chain.channels)
  }
}
