import Tensors

/// Compares a candidate's stored parameters with what the original's would exactly be.
package struct FoldComparison {
  private let original: LinearParameters
  private let candidate: LinearParameters
  private let weightUnit: StoredUnit
  private let biasUnit: StoredUnit
  /// What each channel's stored weights would exactly be multiplied by.
  private let factors: [TwoPart]
  /// What they would be multiplied by besides, by the channel of the activation; nil where nothing stands in front.
  private let inputFactors: (layout: WeightLayout, factors: [TwoPart])?
  /// What the maps in front come to behind each operator.
  private let shifts: (original: [Shift], candidate: [Shift])?

  private typealias Shift = (sum: TwoPart, magnitude: Double)

  /// - Returns: nil where the parameters have different channels or elements, are of a type without units, or would be
  ///   divided by 0, and where maps in front have shifts that are none behind.
  /// - Throws: Where a weight is needed and cannot be read.
  package init?(_ original: LinearParameters, _ candidate: LinearParameters) throws {
    guard candidate.parallel == nil, original.layout == candidate.layout, original.weightCount == candidate.weightCount,
      original.weightKind == candidate.weightKind, original.chain.channels == original.layout.channels,
      candidate.chain.channels == original.layout.channels, let weightUnit = StoredUnit(candidate.weightKind),
      let biasUnit = StoredUnit(candidate.biasKind)
    else { return nil }
    let factors = (0..<original.layout.channels).map { channel in
      original.chain.scale(ofChannel: channel) * TwoPart(original.weightFactor)
        / (candidate.chain.scale(ofChannel: channel) * TwoPart(candidate.weightFactor))
    }
    // A candidate that multiplies by 0 itself could store anything.
    guard factors.allSatisfy(\.head.isFinite) else { return nil }
    (self.original, self.candidate, self.factors) = (original, candidate, factors)
    (self.weightUnit, self.biasUnit) = (weightUnit, biasUnit)
    guard original.hasInputMaps || candidate.hasInputMaps else {
      (inputFactors, shifts) = (nil, nil)
      return
    }
    guard let input = original.input, let other = candidate.input, input.layout == other.layout,
      input.chain.channels == input.layout.channels, other.chain.channels == input.layout.channels
    else { return nil }
    let inner = (0..<input.layout.channels).map {
      input.chain.scale(ofChannel: $0) / other.chain.scale(ofChannel: $0)
    }
    guard inner.allSatisfy(\.head.isFinite) else { return nil }
    let weight = input.movesZero || other.movesZero ? try original.weight() : []
    guard let sums = input.sums(of: weight, to: original.layout, factor: { _, _ in TwoPart(1) }),
      let others = other.sums(of: weight, to: original.layout, factor: { factors[$0] * inner[$1] })
    else { return nil }
    inputFactors = (input.layout, inner)
    shifts = (sums, others)
  }

  private var channels: Int { factors.count }

  // MARK: - Exact parameters

  /// The weight that the candidate would store if it could store every number.
  ///
  /// - Complexity: O(elements).
  package func exactWeight() throws -> [Double] {
    var result = try original.weight()
    forEachRun(of: result.count) { range, channel, input, factor in
      let (high, low, tail) = factor.parts
      let place = place(in: range, channel)
      let sum = place.map { exactSum(result[$0], factor, channel, input).value.head }
      var elements = result.mutableSpan
      for index in range {
        elements[index] = elements[index] * high + (elements[index] * low + elements[index] * tail)
      }
      if let place, let sum { elements[place] = sum }
    }
    return result
  }

  /// The same for what holds the candidate's bias; nil where no single tensor does.
  package func exactBias() -> [Double]? {
    let steps = candidate.chain.steps
    if steps.isEmpty, let bias = candidate.bias {
      return bias.indices.map { index in
        let shift = TwoPart(candidate.weightFactor) * (shifts?.candidate[index % channels].sum ?? TwoPart(0))
        return ((target(index).value - shift) / TwoPart(candidate.biasFactor)).head
      }
    }
    guard case .addition(let values)? = steps.last else { return nil }
    var before = candidate
    before.chain = AffineChain(channels: channels, steps: Array(steps.dropLast()))
    return values.indices.map { index in
      (target(index).value - before.finalBias(index, shift: shifts?.candidate[index] ?? Self.none).value).head
    }
  }

  /// The element of a run that takes in what stands beside the operator.
  private func place(in range: Range<Int>, _ channel: Int) -> Int? {
    original.parallel.map { $0.places[channel] }.flatMap { range.contains($0) ? $0 : nil }
  }

  /// What that would exactly be, and the largest number that it is a sum of.
  private func exactSum(
    _ element: Double, _ factor: TwoPart, _ channel: Int, _ input: Int?
  ) -> (value: TwoPart, largest: Double) {
    var divisor = candidate.chain.scale(ofChannel: channel) * TwoPart(candidate.weightFactor)
    if let input, let chain = candidate.input?.chain { divisor = divisor * chain.scale(ofChannel: input) }
    let (own, beside) = (
      TwoPart(element) * factor, (original.parallel?.scale(ofChannel: channel) ?? TwoPart(0)) / divisor
    )
    return (own + beside, max(own.magnitude, beside.magnitude))
  }

  private static var none: Shift { (TwoPart(0), 0) }

  /// Calls `body` with each run of elements that have one factor, with that, and with the channel of the activation
  /// where that matters.
  private func forEachRun(
    of count: Int, _ body: (_ range: Range<Int>, _ channel: Int, _ input: Int?, _ factor: TwoPart) -> Void
  ) {
    guard let (layout, inner) = inputFactors else {
      original.layout.forEachRun(of: count) { body($0, $1, nil, factors[$1]) }
      return
    }
    original.layout.forEachRun(of: count, with: layout) { body($0, $1, $2, factors[$1] * inner[$2]) }
  }

  // MARK: - Last places

  /// The candidate's weight, each element moved up or down, by chance, by a unit in the last place.
  ///
  /// - Complexity: O(elements).
  package func movedWeight(seed: Int) throws -> [Double] {
    var result = try candidate.weight()
    var directions = SplitMix(state: UInt64(truncatingIfNeeded: seed))
    for index in result.indices { result[index] += directions.sign() * weightUnit.unit(near: result[index]) }
    return result
  }

  /// The same for what holds the candidate's bias, in units of the largest number that it is a sum of; nil where no
  /// single tensor does.
  package func movedBias(seed: Int) -> [Double]? {
    let steps = candidate.chain.steps
    var directions = SplitMix(state: ~UInt64(truncatingIfNeeded: seed))
    func moved(_ values: [Double], factor: Double) -> [Double] {
      values.indices.map { index in
        let unit = candidate.biasSteps?.sizes[index % channels] ?? biasUnit.unit(near: target(index).largest / factor)
        return values[index] + directions.sign() * unit
      }
    }
    if steps.isEmpty, let bias = candidate.bias { return moved(bias, factor: candidate.biasFactor) }
    guard case .addition(let values)? = steps.last else { return nil }
    return moved(values, factor: 1)
  }

  // MARK: - Distances

  /// What the original's bias becomes behind all maps.
  private func target(_ index: Int) -> (value: TwoPart, largest: Double) {
    let shift = shifts?.original[index % channels] ?? Self.none
    guard let bias = original.bias else { return original.finalBias(index % channels, shift: shift) }
    return original.finalBias(bias.count == channels ? index % channels : index, shift: shift)
  }

  /// The certificate of the fold.
  ///
  /// - Parameter limit: How many units in the last place an element may be off.
  /// - Complexity: O(elements).
  /// - Throws: Where a weight cannot be read.
  package func certificate(_ titles: FoldTitles, limit: Double) throws -> FoldCertificate {
    let (weight, weightErrors, constants, ranges) = try compareWeights(limit)
    let (bias, biasErrors) = compareBiases(limit)
    let largestConstant = zip(constants, biasErrors).map { $0 + $1 }.max() ?? 0
    let magnitudes = factors.map(\.magnitude)
    return FoldCertificate(
      value: titles.value, graph: titles.graph, operator: titles.operator, node: titles.node, norms: titles.norms,
      channels: channels, weight: weight, bias: bias, maxBiasSteps: candidate.biasSteps.flatMap { _ in bias?.maxUlp },
      outputBound: OutputBound(
        perUnitInput: Self.finite((weightErrors.max() ?? 0) * (1 + 0x1p-20)),
        constant: Self.finite(largestConstant * (1 + 0x1p-20))),
      scales: .init(least: Self.finite(magnitudes.min() ?? 0), greatest: Self.finite(magnitudes.max() ?? 0)),
      rangesBefore: ranges[0], rangesAfter: ranges[1])
  }

  private func compareWeights(_ limit: Double) throws -> (
    StoredDistance, errors: [Double], constants: [Double], ranges: [FoldCertificate.Extent?]
  ) {
    let (from, stored) = (try original.weight(), try candidate.weight())
    var distance = StoredDistance(tensor: candidate.weightTensor, type: candidate.weightKind.rawValue)
    var errors = Array(repeating: 0.0, count: channels)
    var constants = errors
    var comparison = WeightComparison(unit: weightUnit, longestRun: candidate.layout.inner)
    // What the candidate's operator reads is itself a map of the activation that both share.
    let inner = inputFactors.flatMap { _ in candidate.input?.chain }.map { chain in
      (0..<chain.channels).map {
        (chain.scale(ofChannel: $0).magnitude, chain.image(of: TwoPart(0), channel: $0).value.magnitude)
      }
    }
    forEachRun(of: from.count) { range, channel, input, factor in
      func compare(_ range: Range<Int>) -> Double {
        if range.isEmpty { return 0 }
        let (old, new) = (from.span.extracting(range), stored.span.extracting(range))
        guard candidate.weightIsProduct else { return comparison.compare(old, new, factor, limit, into: &distance) }
        return comparison.compareProducts(
          old, new, factor, limit, scale: candidate.weightScales?[channel], into: &distance)
      }
      var error = 0.0
      if let place = place(in: range, channel) {
        let exact = exactSum(from[place], factor, channel, input)
        error += compare(range.lowerBound..<place)
        error += comparison.compare(
          stored[place], with: exact.value, largest: exact.largest, limit, into: &distance)
        error += compare((place + 1)..<range.upperBound)
      } else {
        error += compare(range)
      }
      let (scale, shift) = input.flatMap { inner?[$0] } ?? (1, 0)
      errors[channel] += error * scale
      constants[channel] += shift == 0 ? 0 : error * shift
    }
    for channel in 0..<channels {
      let scale = (candidate.chain.scale(ofChannel: channel) * TwoPart(candidate.weightFactor)).magnitude
      errors[channel] *= scale
      constants[channel] *= scale
    }
    return (distance, errors, constants, [from, stored].map(extent))
  }

  /// A stored bias counts in units of itself; by the limit in units of the largest number that it is a sum of, as
  /// whoever folds in the type itself cannot be nearer where it nearly cancels out.
  private func compareBiases(_ limit: Double) -> (StoredDistance?, errors: [Double]) {
    var errors = Array(repeating: 0.0, count: channels)
    let count = max(original.bias?.count ?? 0, candidate.bias?.count ?? 0, channels)
    var distance = StoredDistance(
      tensor: candidate.biasSteps?.tensor ?? candidate.biasTensor,
      type: candidate.biasSteps?.type ?? candidate.biasKind.rawValue)
    var holdsAny = !candidate.biasTensor.isEmpty
    for index in 0..<count {
      let exact = target(index)
      let place = candidate.bias.map { $0.count == channels ? index % channels : index } ?? index % channels
      let stored = candidate.finalBias(place, shift: shifts?.candidate[index % channels] ?? Self.none)
      // What the arithmetic here cannot tell is no error; next to 0 a double has no digits for its second half.
      let error = max((stored.value - exact.value).magnitude - max(exact.largest * 0x1p-98, 0x1p-1072), 0)
      let isSame = error == 0 || stored.value.head.isNaN && exact.value.head.isNaN
      let steps = candidate.biasSteps.map { storedSteps($0, stored.value - exact.value, exact.largest, place) }
      let strict = isSame ? 0 : steps ?? storedUnits(error, stored.value - exact.value, place)
      let lenient = isSame ? 0 : steps ?? biasUnit.count(error, near: max(exact.largest, stored.largest))
      distance.add(strict, counting: lenient, limit: limit)
      errors[index % channels] = max(errors[index % channels], isSame ? 0 : error.isNaN ? .infinity : error)
      holdsAny = holdsAny || !isSame
    }
    return (holdsAny ? distance : nil, errors)
  }

  /// How many units in the last place of the stored number an error behind all maps makes up.
  ///
  /// - Parameter difference: The error with its sign.
  private func storedUnits(_ error: Double, _ difference: TwoPart, _ place: Int) -> Double {
    let (element, factor) = storedBias(place) ?? (difference.head, TwoPart(1))
    let exact = (TwoPart(element) - difference / factor).magnitude
    return biasUnit.count(error / factor.magnitude, near: exact.isFinite ? exact : element)
  }

  /// How many steps an error behind all maps makes up, for what integers stand for rather than what is read of them.
  private func storedSteps(_ steps: BiasSteps, _ difference: TwoPart, _ largest: Double, _ place: Int) -> Double {
    let factor = storedBias(place)?.factor ?? TwoPart(1)
    let error = (difference + TwoPart(steps.rests[place % steps.rests.count]) * factor).magnitude
    return max(error - largest * 0x1p-98, 0) / (factor.magnitude * steps.sizes[place % channels])
  }

  /// The element of the tensor that holds the candidate's bias, and what is multiplied with it behind; nil where there is
  /// none.
  private func storedBias(_ place: Int) -> (element: Double, factor: TwoPart)? {
    if case .addition(let values)? = candidate.chain.steps.last { return (values[place % channels], TwoPart(1)) }
    guard let bias = candidate.bias else { return nil }
    return (bias[place], candidate.chain.scale(ofChannel: place % channels) * TwoPart(candidate.biasFactor))
  }

  /// Of the channels' largest elements.
  private func extent(of weight: [Double]) -> FoldCertificate.Extent? {
    var ranges = Array(repeating: 0.0, count: channels)
    original.layout.forEachRun(of: weight.count) { range, channel in
      ranges[channel] = max(ranges[channel], weight.span.extracting(range).largestMagnitude)
    }
    let present = ranges.filter { $0 > 0 && $0.isFinite }
    guard let least = present.min(), let greatest = present.max() else { return nil }
    return .init(least: least, greatest: greatest)
  }

  /// JSON has no infinity; a bound that large says as much.
  private static func finite(_ value: Double) -> Double { value.isFinite ? value : .greatestFiniteMagnitude }
}
