/// How far the stored numbers of a fold are from the exact ones, found by looking at both.
///
/// It evaluates the parameters anew and shares no rounding with what made the numbers.
package struct FoldError: Sendable {
  let arithmetic: FoldArithmetic
  let scales: [ChannelScale]
  let splits: [SplitScale]

  /// Per channel: the sum of the weight errors' magnitudes, and the largest bias error.
  var weightErrors: [Double]
  private var biasErrors: [Double]

  /// The largest distance of a stored weight from the exact one, in units of the last place at the exact one.
  package internal(set) var maxWeightUlp = 0.0

  /// The same of the biases.
  package private(set) var maxBiasUlp = 0.0

  /// How many weights have become subnormal, or 0 though the scale is not, and were not so before.
  package internal(set) var newSubnormals = 0

  package init(_ arithmetic: FoldArithmetic) {
    self.arithmetic = arithmetic
    let (affine, storage) = (arithmetic.affine, arithmetic.storage)
    let scales = (0..<affine.channels).map {
      ChannelScale(affine, channel: $0, factor: arithmetic.weightFactor, storage: storage)
    }
    self.scales = scales
    splits = scales.map(\.split)
    weightErrors = Array(repeating: 0, count: affine.channels)
    biasErrors = weightErrors
  }

  /// Compares a chunk of a weight before and after the fold.
  ///
  /// - Precondition: Both have the same number of elements, which are within the weight.
  /// - Complexity: O(elements).
  package mutating func observe<Element: StoredElement>(
    original: Span<Element>, folded: Span<Element>, from first: Int, map: ChannelMap
  ) {
    precondition(Element.storage == arithmetic.storage, "the elements must be of the storage type")
    precondition(original.count == folded.count, "a fold must keep the number of elements")
    precondition(map.channels == weightErrors.count, "the weight must have the affine map's channels")
    Element.observe(original, folded, from: first, map: map, in: &self)
  }

  /// Compares one weight element that stands for `count` equal ones of a channel.
  package mutating func observe(weight original: Double, folded: Double, channel: Int, count: Int) {
    let (error, ulps) = weightError(original, folded, channel)
    weightErrors[channel] += error * Double(count)
    maxWeightUlp = max(maxWeightUlp, ulps)
    if isNewSubnormal(original, folded, channel) { newSubnormals += count }
  }

  /// Compares a bias element before and after the fold.
  package mutating func observe(bias original: Double, folded: Double, channel: Int) {
    let (error, ulps) = biasError(original, folded, channel)
    biasErrors[channel] = max(biasErrors[channel], error)
    maxBiasUlp = max(maxBiasUlp, ulps)
  }

  /// A bound of how far an output can be off for every input: `perUnitInput · max|x| + constant`, the largest over
  /// the channels, rounded up.
  package var outputBound: (perUnitInput: Double, constant: Double) {
    ((weightErrors.max() ?? 0) * (1 + 0x1p-20), (biasErrors.max() ?? 0) * (1 + 0x1p-20))
  }
}
