/// How far the stored numbers of a fold are from the exact ones, found by looking at both.
///
/// It evaluates the parameters anew in double-double and shares no rounding with what made the numbers.
package struct FoldError: Sendable {
  private let arithmetic: FoldArithmetic
  private let scales: [DoubleDouble]

  /// Per channel: the sum of the weight errors' magnitudes, and the largest bias error.
  private var weightErrors: [Double]
  private var biasErrors: [Double]

  /// The largest distance of a stored weight from the exact one, in units of its last place.
  package private(set) var maxWeightUlp = 0.0

  /// The same of the biases.
  package private(set) var maxBiasUlp = 0.0

  /// How many weights have become subnormal, or 0 though the scale is not, and were not so before.
  package private(set) var newSubnormals = 0

  package init(_ arithmetic: FoldArithmetic) {
    self.arithmetic = arithmetic
    let channels = arithmetic.affine.channels
    scales = (0..<channels).map {
      arithmetic.affine.scale(ofChannel: $0) * DoubleDouble(arithmetic.weightFactor)
    }
    weightErrors = Array(repeating: 0, count: channels)
    biasErrors = Array(repeating: 0, count: channels)
  }

  /// Compares a chunk of a weight before and after the fold.
  ///
  /// - Precondition: Both have the same number of elements, which are within the weight.
  package mutating func observe<Element: StoredElement>(
    original: Span<Element>, folded: Span<Element>, from first: Int, map: ChannelMap
  ) {
    precondition(original.count == folded.count, "a fold must keep the number of elements")
    Element.observe(original, folded, from: first, map: map, in: &self)
  }

  @inline(__always)
  mutating func observeElements<Element: StoredElement>(
    original: Span<Element>, folded: Span<Element>, from first: Int, map: ChannelMap
  ) {
    map.forEachRun(in: original.count, from: first) { run in
      for index in run.range {
        let channel = run.isAscending ? run.channel + index - run.range.lowerBound : run.channel
        observe(weight: original[index].widened, folded: folded[index].widened, channel: channel, count: 1)
      }
    }
  }

  /// Compares one weight element that stands for `count` equal ones of a channel.
  @inline(__always)
  package mutating func observe(weight original: Double, folded: Double, channel: Int, count: Int) {
    let exact = scales[channel] * DoubleDouble(original)
    let error = abs((DoubleDouble(folded) - exact).hi)
    let least = arithmetic.storage.leastNormal
    if abs(folded) < least, abs(original) >= least, exact.hi != 0 { newSubnormals += count }
    weightErrors[channel] += error * Double(count)
    maxWeightUlp = max(maxWeightUlp, error / arithmetic.storage.ulp(of: exact.hi))
  }

  /// Compares a bias element before and after the fold.
  package mutating func observe(bias original: Double, folded: Double, channel: Int) {
    let factor = arithmetic.biasFactor
    let (image, bound) = arithmetic.affine.bounded(DoubleDouble(product: factor, original), channel: channel)
    var ulp = arithmetic.storage.ulp(of: image.hi)
    var error = abs((DoubleDouble(folded) - image).hi)
    if bound > ulp * 0x1p-20 {
      let (exact, _) = arithmetic.affine.wideImage(WideFloat(factor) * WideFloat(original), channel: channel)
      ulp = arithmetic.storage.ulp(of: exact.approximation)
      error = (WideFloat(folded) - exact).approximation.magnitude
    }
    biasErrors[channel] = max(biasErrors[channel], error)
    maxBiasUlp = max(maxBiasUlp, error / ulp)
  }

  /// A bound of how far an output can be off for every input: `perUnitInput · max|x| + constant`, the largest over
  /// the channels, rounded up.
  package var outputBound: (perUnitInput: Double, constant: Double) {
    ((weightErrors.max() ?? 0) * (1 + 0x1p-20), (biasErrors.max() ?? 0) * (1 + 0x1p-20))
  }
}
