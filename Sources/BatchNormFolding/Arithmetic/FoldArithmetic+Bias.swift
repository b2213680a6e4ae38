extension FoldArithmetic {
  /// What a stored bias element of a channel becomes: the correctly rounded number of the storage type, infinite
  /// where it overflows or there is none.
  ///
  /// It is the image under the affine map of `biasFactor · stored + addend`, plus the shift of a parallel map. With a
  /// bias factor of 0 the stored element does not count. An addend that is not known exactly may leave open how the
  /// bias rounds; then what is nearer to a tie, or to 0, than the addend's error allows to tell is the tie, or 0.
  ///
  /// - Parameter addend: What the shifts in front of the operator add, from `InputShiftSum`; nil for nothing.
  /// - Complexity: O(steps).
  package func bias(_ stored: Double, channel: Int, addend: Estimate? = nil) -> Double {
    let start = biasFactor == 0 ? 0 : stored
    let addend = addend ?? Estimate(DoubleDouble(0))
    guard start.isFinite, biasFactor.isFinite, addend.isFinite else { return .infinity }
    if let image = nearImage(of: start, channel, addend),
      let decided = storage.rounded(image.value, within: image.error)
    {
      return decided
    }
    guard affine.isDefined(channel), parallel?.isDefined(channel) ?? true else { return .infinity }
    return careful(WideFloat(biasFactor) * WideFloat(start), channel, addend)
  }

  /// What `bias` rounds, to about 100 bits; rounded where no bound of its error is known.
  ///
  /// - Complexity: O(steps).
  func unroundedBias(_ stored: Double, channel: Int, addend: Estimate? = nil) -> DoubleDouble {
    nearImage(of: biasFactor == 0 ? 0 : stored, channel, addend ?? Estimate(DoubleDouble(0)))?.value
      ?? DoubleDouble(bias(stored, channel: channel, addend: addend))
  }

  /// The image of a bias with a bound of its error, nil where there is none.
  private func nearImage(of start: Double, _ channel: Int, _ addend: Estimate) -> Estimate? {
    guard DoubleDouble(start).isWellScaled, DoubleDouble(biasFactor).isWellScaled else { return nil }
    let image = bounded(Estimate(DoubleDouble(product: biasFactor, start)).adding(addend), channel: channel)
    return image.error.isFinite ? image : nil
  }

  /// The image of a number behind the operator, with what a parallel map adds.
  private func bounded(_ start: Estimate, channel: Int) -> Estimate {
    let image = affine.bounded(start, channel: channel)
    return parallel.map { image.adding($0.shift(ofChannel: channel)) } ?? image
  }

  private func careful(_ start: WideFloat, _ channel: Int, _ addend: Estimate) -> Double {
    let (image, largest) = wideBias(start, channel, addend)
    var tolerance = largest - 400
    if addend.error > 0 {
      let unknown = WideFloat(addend.error) * affine.wideScale(channel)
      tolerance = max(tolerance, unknown.leadingExponent.map { $0 + 1 } ?? tolerance)
    }
    return storage.rounded(image, tolerance: tolerance)
  }

  /// A bias to more than 500 bits, and the exponent of the largest term that is not known exactly; the addend counts
  /// as exact.
  ///
  /// - Precondition: The maps are defined there, and the addend is finite.
  func wideBias(_ start: WideFloat, _ channel: Int, _ addend: Estimate) -> (image: WideFloat, largest: Int) {
    let sum = start + WideFloat(addend.value.hi) + WideFloat(addend.value.lo)
    let (image, largest) = affine.wideImage(sum, channel: channel)
    guard let parallel else { return (image, largest) }
    return parallel.maps.reduce((image, largest)) { bias, map in
      let (shift, most) = map.wideImage(WideFloat(0), channel: channel)
      let terms = [bias.0.leadingExponent, shift.leadingExponent].compactMap(\.self).max() ?? .min / 2
      return (bias.0 + shift, max(bias.1, most, terms))
    }
  }
}
