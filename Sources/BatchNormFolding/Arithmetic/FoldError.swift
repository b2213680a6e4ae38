/// How far the stored numbers of a fold are from the exact ones, found by looking at both.
///
/// It evaluates the parameters anew and shares no rounding with what made the numbers.
package struct FoldError: Sendable {
  let arithmetic: FoldArithmetic

  /// Per output channel.
  let scales: [ChannelScale]
  let splits: [SplitScale]

  /// Per input channel; nil where no map in front has scales.
  let inputScales: [ChannelScale]?
  let parallel: ParallelScales?

  /// What the shifts in front of the operator add, as far as the weight has been looked at; nil where there are none.
  private var shiftError: ShiftError?

  /// Per output channel: the sum of the weight errors' magnitudes, and the largest bias error.
  var weightErrors: [Double]
  private var biasErrors: [Double]

  /// The first where the weight's elements are scales of integers, with the rounding of the products.
  private var productErrors: [Double]?

  /// The largest distance of a stored weight from the exact one, in units of the last place at the exact one.
  package internal(set) var maxWeightUlp = 0.0

  /// The same of the biases; of one that is stored as a whole multiple of a step, that is its last place.
  package private(set) var maxBiasUlp = 0.0

  /// The largest distance of a bias that is stored as a whole multiple of a step, in steps; nil where there is none.
  package private(set) var maxBiasSteps: Double?

  /// How many weights have become subnormal, or 0 though the exact one is not, and were not so before.
  package internal(set) var newSubnormals = 0

  package init(_ arithmetic: FoldArithmetic) {
    self.arithmetic = arithmetic
    let affine = arithmetic.affine
    let scales = (0..<affine.channels).map { ChannelScale(affine, channel: $0, factor: arithmetic.weightFactor) }
    self.scales = scales
    splits = scales.map(\.split)
    let front = arithmetic.input.map { input in
      (0..<input.affine.channels).map { ChannelScale(input.affine, channel: $0) }
    }
    inputScales = front.flatMap { $0.allSatisfy(\.isOne) ? nil : $0 }
    parallel = arithmetic.parallel.map(ParallelScales.init)
    shiftError = arithmetic.input.flatMap(ShiftError.init)
    weightErrors = Array(repeating: 0, count: affine.channels)
    biasErrors = weightErrors
  }

  /// Whether the exact bias depends on the weight, all of which has to be observed before a bias.
  package var needsWeightForBias: Bool { shiftError != nil }

  /// Compares a chunk of a weight before and after the fold.
  ///
  /// - Precondition: Both have the same number of elements, which are within the weight and were not observed before.
  /// - Complexity: O(elements).
  package mutating func observe<Element: StoredElement>(
    original: Span<Element>, folded: Span<Element>, from first: Int, map: ChannelMap
  ) {
    precondition(Element.storage == arithmetic.storage, "the elements must be of the storage type")
    precondition(original.count == folded.count, "a fold must keep the number of elements")
    precondition(map.channels == weightErrors.count, "the weight must have the affine map's channels")
    map.checkChunk(of: original.count, from: first)
    Element.observe(original, folded, from: first, map: map, in: &self)
  }

  /// Compares one weight element that stands for `count` equal ones of a channel.
  ///
  /// - Parameters:
  ///   - inputChannel: Their input channel, where a map stands in front of the operator.
  ///   - isParallel: Whether a parallel map's scale is added to them.
  package mutating func observe(
    weight original: Double, folded: Double, channel: Int, inputChannel: Int? = nil, isParallel: Bool = false,
    count: Int
  ) {
    compare(original, folded, ErrorPlace(channel: channel, inputChannel: inputChannel, isParallel: isParallel), count)
    if let inputChannel { shiftError?.add(original, count: count, channel, inputChannel) }
  }

  /// Compares a bias element before and after the fold.
  ///
  /// - Precondition: If ``needsWeightForBias``, all of the weight has been observed.
  package mutating func observe(bias original: Double, folded: Double, channel: Int) {
    let addend = shiftError?[channel] ?? Estimate(DoubleDouble(0))
    let (error, ulps) = biasError(original, DoubleDouble(folded), channel, addend)
    biasErrors[channel] = max(biasErrors[channel], error)
    maxBiasUlp = max(maxBiasUlp, ulps)
  }

  /// Compares a bias element before the fold with the whole multiple of a step that it becomes.
  ///
  /// The steps count what is stored; the output bound holds what is read of it, which is rounded once more.
  ///
  /// - Precondition: If ``needsWeightForBias``, all of the weight has been observed.
  mutating func observe(bias original: Double, folded: BiasMultiple, channel: Int) {
    let addend = shiftError?[channel] ?? Estimate(DoubleDouble(0))
    let (error, _) = biasError(original, DoubleDouble(folded.value), channel, addend)
    biasErrors[channel] = max(biasErrors[channel], error)
    let steps = biasError(original, folded.exactValue, channel, addend).error / folded.step
    maxBiasSteps = max(maxBiasSteps ?? 0, steps)
    maxBiasUlp = max(maxBiasUlp, steps)
  }

  /// Takes what another measurement found of the biases.
  mutating func adoptBias(of other: FoldError) {
    biasErrors = zip(biasErrors, other.biasErrors).map(max)
    maxBiasUlp = max(maxBiasUlp, other.maxBiasUlp)
    maxBiasSteps = [maxBiasSteps, other.maxBiasSteps].compactMap(\.self).max()
  }

  /// A bound of how far an output can be off for every input: `perUnitInput · max|x| + constant`, the largest over
  /// the output channels, rounded up; x is what the operator reads after the fold.
  package var outputBound: (perUnitInput: Double, constant: Double) {
    (((productErrors ?? weightErrors).max() ?? 0) * (1 + 0x1p-20), (biasErrors.max() ?? 0) * (1 + 0x1p-20))
  }

  /// Notes the integers of which a weight element is the scale: the weight that a run computes with are their products,
  /// each of which it rounds, before the fold and after it.
  ///
  /// - Parameter sum: Of the integers' magnitudes.
  package mutating func observe(integersOf original: Double, folded: Double, channel: Int, sum: Double) {
    let place = ErrorPlace(channel: channel, inputChannel: nil, isParallel: false)
    let (error, _) = weightError(original, folded, place)
    let roundoff = Double(sign: .plus, exponent: -arithmetic.storage.significandBits, significand: 1)
    var errors = productErrors ?? Array(repeating: 0, count: weightErrors.count)
    errors[channel] += sum * (error + roundoff * (2 * folded.magnitude + error))
    productErrors = errors
  }

  /// Compares `count` equal weight elements.
  mutating func compare(_ original: Double, _ folded: Double, _ place: ErrorPlace, _ count: Int) {
    let (error, ulps) = weightError(original, folded, place)
    weightErrors[place.channel] += error * Double(count)
    maxWeightUlp = max(maxWeightUlp, ulps)
    if isNewSubnormal(original, folded, place) { newSubnormals += count }
  }

  /// Adds a chunk to what the shifts in front contribute.
  @inline(__always)
  mutating func addShifts<Element: StoredElement>(_ original: Span<Element>, from first: Int) {
    guard shiftError != nil, let input = arithmetic.input else { return }
    input.forEachSeen(original, from: first) { shiftError?.observe($0, from: $1) }
  }
}
