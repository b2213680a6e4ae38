extension FoldError {
  /// How far an element is from its exact value, also in units of the last place there.
  typealias Distance = (error: Double, ulps: Double)

  /// The distance of one weight element, whatever its size.
  func weightError(_ original: Double, _ folded: Double, _ place: ErrorPlace) -> Distance {
    let scale = scale(place)
    if scale.error.isFinite, scale.value.hi.isFinite, DoubleDouble(original).isWellScaled {
      let product = scale.value * original
      guard place.isParallel, let parallel else { return distance(folded, product) }
      let addend = parallel.scales[place.channel]
      let sum = product + addend.value
      let isNear = max(product.hi.magnitude, addend.value.hi.magnitude) < sum.hi.magnitude * 0x1p40
      if addend.error.isFinite, addend.value.hi.isFinite, isNear || sum.hi == 0 { return distance(folded, sum) }
    }
    guard original.isFinite, let exact = exactWeight(original, place) else { return (.infinity, .infinity) }
    return distance(folded, exact)
  }

  /// Whether a weight element has become subnormal, or 0 though its exact value is not, and was not so before.
  func isNewSubnormal(_ original: Double, _ folded: Double, _ place: ErrorPlace) -> Bool {
    let least = arithmetic.storage.leastNormal
    guard folded.magnitude < least, original.magnitude >= least else { return false }
    let addend = place.isParallel ? parallel?.scales[place.channel].value : nil
    let product = scale(place).value
    return addend.map { (product * original + $0).hi != 0 } ?? (product.hi != 0)
  }

  /// The distance of one bias element.
  ///
  /// - Parameter addend: What the shifts in front of the operator add, without the operator's factor.
  func biasError(_ original: Double, _ folded: DoubleDouble, _ channel: Int, _ addend: Estimate) -> Distance {
    let (affine, factor) = (arithmetic.affine, arithmetic.biasFactor)
    let start = factor == 0 ? 0 : original
    let addend = Estimate(
      addend.value * arithmetic.weightFactor, within: addend.error * arithmetic.weightFactor.magnitude * (1 + 0x1p-10))
    let product = DoubleDouble(product: factor, start)
    if product.isWellScaled {
      var image = affine.bounded(Estimate(product).adding(addend), channel: channel)
      if let parallel = arithmetic.parallel { image = image.adding(parallel.shift(ofChannel: channel)) }
      if image.error <= arithmetic.storage.ulp(of: image.value.hi) * 0x1p-30 { return distance(folded, image.value) }
    }
    let isDefined = affine.isDefined(channel) && arithmetic.parallel?.isDefined(channel) ?? true
    guard start.isFinite, factor.isFinite, addend.isFinite, isDefined else { return (.infinity, .infinity) }
    let (image, _) = arithmetic.wideBias(WideFloat(factor) * WideFloat(start), channel, addend)
    let (error, ulps) = distance(folded, image)
    // What is not known of the addend may all be the bias's error.
    let unknown = (WideFloat(addend.error) * affine.wideScale(channel)).approximation.magnitude
    return (error + unknown, ulps)
  }

  private func scale(_ place: ErrorPlace) -> ChannelScale {
    guard let inputScales, let inputChannel = place.inputChannel else { return scales[place.channel] }
    return scales[place.channel].joined(with: inputScales[inputChannel])
  }

  /// The exact value of a weight element, nil where there is none.
  private func exactWeight(_ original: Double, _ place: ErrorPlace) -> WideFloat? {
    let (affine, factor) = (arithmetic.affine, arithmetic.weightFactor)
    guard factor.isFinite, affine.isDefined(place.channel) else { return nil }
    var exact = WideFloat(original) * WideFloat(factor) * affine.wideScale(place.channel)
    if let input = arithmetic.input, let inputChannel = place.inputChannel {
      guard input.affine.isDefined(inputChannel) else { return nil }
      exact = exact * input.affine.wideScale(inputChannel)
    }
    if place.isParallel, let parallel = arithmetic.parallel {
      guard parallel.isDefined(place.channel) else { return nil }
      exact = exact + parallel.wideScale(place.channel).sum
    }
    return exact
  }

  private func distance(_ folded: Double, _ exact: DoubleDouble) -> Distance {
    distance(DoubleDouble(folded), exact)
  }

  private func distance(_ folded: DoubleDouble, _ exact: DoubleDouble) -> Distance {
    let error = (exact - folded).hi.magnitude
    return (error, error / arithmetic.storage.ulp(of: exact.hi))
  }

  private func distance(_ folded: Double, _ exact: WideFloat) -> Distance {
    distance(DoubleDouble(folded), exact)
  }

  private func distance(_ folded: DoubleDouble, _ exact: WideFloat) -> Distance {
    guard folded.hi.isFinite else { return (.infinity, .infinity) }
    let error = (exact - WideFloat(folded.hi) - WideFloat(folded.lo)).doubleDouble.hi.magnitude
    return (error, error / arithmetic.storage.ulp(of: exact.doubleDouble.hi))
  }
}
