/// Compares a candidate's stored parameters with what the original's would exactly be.
package struct FoldComparison {
  private let original: LinearParameters
  private let candidate: LinearParameters
  private let weightUnit: StoredUnit
  private let biasUnit: StoredUnit
  /// What each channel's stored weights would exactly be multiplied by.
  private let factors: [TwoPart]

  /// - Returns: nil where the parameters have different channels or elements, are of a type without units, or would be
  ///   divided by 0.
  package init?(_ original: LinearParameters, _ candidate: LinearParameters) {
    guard original.layout == candidate.layout, original.weightCount == candidate.weightCount,
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
  }

  private var channels: Int { factors.count }

  // MARK: - Exact parameters

  /// The weight that the candidate would store if it could store every number.
  ///
  /// - Complexity: O(elements).
  package func exactWeight() throws -> [Double] {
    var result = try original.weight()
    original.layout.forEachRun(of: result.count) { range, channel in
      let (high, low, tail) = factors[channel].parts
      var elements = result.mutableSpan
      for index in range {
        elements[index] = elements[index] * high + (elements[index] * low + elements[index] * tail)
      }
    }
    return result
  }

  /// The same for what holds the candidate's bias; nil where no single tensor does.
  package func exactBias() -> [Double]? {
    let steps = candidate.chain.steps
    if steps.isEmpty, let bias = candidate.bias {
      return bias.indices.map { (target($0).value / TwoPart(candidate.biasFactor)).head }
    }
    guard case .addition(let values)? = steps.last else { return nil }
    let before = AffineChain(channels: channels, steps: Array(steps.dropLast()))
    return values.indices.map { index in
      (target(index).value - before.image(of: candidate.start(index), channel: index).value).head
    }
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
        values[index] + directions.sign() * biasUnit.unit(near: target(index).largest / factor)
      }
    }
    if steps.isEmpty, let bias = candidate.bias { return moved(bias, factor: candidate.biasFactor) }
    guard case .addition(let values)? = steps.last else { return nil }
    return moved(values, factor: 1)
  }

  // MARK: - Distances

  /// What the original's bias becomes behind all maps.
  private func target(_ index: Int) -> (value: TwoPart, largest: Double) {
    guard let bias = original.bias else { return original.finalBias(index % channels) }
    return original.finalBias(bias.count == channels ? index % channels : index)
  }

  /// The certificate of the fold.
  ///
  /// - Parameter limit: How many units in the last place an element may be off.
  /// - Complexity: O(elements).
  /// - Throws: Where a weight cannot be read.
  package func certificate(_ titles: FoldTitles, limit: Double) throws -> FoldCertificate {
    let (weight, weightErrors, ranges) = try compareWeights(limit)
    let (bias, biasErrors) = compareBiases(limit)
    let magnitudes = factors.map(\.magnitude)
    return FoldCertificate(
      value: titles.value, graph: titles.graph, operator: titles.operator, node: titles.node, norms: titles.norms,
      channels: channels, weight: weight, bias: bias,
      outputBound: OutputBound(
        perUnitInput: Self.finite((weightErrors.max() ?? 0) * (1 + 0x1p-20)),
        constant: Self.finite((biasErrors.max() ?? 0) * (1 + 0x1p-20))),
      scales: .init(least: Self.finite(magnitudes.min() ?? 0), greatest: Self.finite(magnitudes.max() ?? 0)),
      rangesBefore: ranges[0], rangesAfter: ranges[1])
  }

  private func compareWeights(_ limit: Double) throws -> (
    StoredDistance, errors: [Double], ranges: [FoldCertificate.Extent?]
  ) {
    let (from, stored) = (try original.weight(), try candidate.weight())
    var distance = StoredDistance(tensor: candidate.weightTensor, type: candidate.weightKind.rawValue)
    var errors = Array(repeating: 0.0, count: channels)
    var comparison = WeightComparison(unit: weightUnit, longestRun: candidate.layout.inner)
    candidate.layout.forEachRun(of: from.count) { range, channel in
      errors[channel] += comparison.compare(
        from.span.extracting(range), stored.span.extracting(range), factors[channel], limit, into: &distance)
    }
    for channel in 0..<channels {
      errors[channel] *= (candidate.chain.scale(ofChannel: channel) * TwoPart(candidate.weightFactor)).magnitude
    }
    return (distance, errors, [from, stored].map(extent))
  }

  /// A bias counts in units of itself; by the limit in units of the largest number that it is a sum of, as whoever
  /// folds in the type itself cannot be nearer where it nearly cancels out.
  private func compareBiases(_ limit: Double) -> (StoredDistance?, errors: [Double]) {
    var errors = Array(repeating: 0.0, count: channels)
    let count = max(original.bias?.count ?? 0, candidate.bias?.count ?? 0, channels)
    var distance = StoredDistance(tensor: candidate.biasTensor, type: candidate.biasKind.rawValue)
    var holdsAny = !candidate.biasTensor.isEmpty
    for index in 0..<count {
      let exact = target(index)
      let place = candidate.bias.map { $0.count == channels ? index % channels : index } ?? index % channels
      let stored = candidate.finalBias(place)
      // What the arithmetic here cannot tell is no error; next to 0 a double has no digits for its second half.
      let error = max((stored.value - exact.value).magnitude - max(exact.largest * 0x1p-98, 0x1p-1072), 0)
      let isSame = error == 0 || stored.value.head.isNaN && exact.value.head.isNaN
      let strict = isSame ? 0 : biasUnit.count(error, near: exact.value.head)
      let lenient = isSame ? 0 : biasUnit.count(error, near: max(exact.largest, stored.largest))
      distance.add(strict, counting: lenient, limit: limit)
      errors[index % channels] = max(errors[index % channels], isSame ? 0 : error.isNaN ? .infinity : error)
      holdsAny = holdsAny || !isSame
    }
    return (holdsAny ? distance : nil, errors)
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
