extension FoldError {
  /// How far an element is from its exact value, also in units of the last place there.
  typealias Distance = (error: Double, ulps: Double)

  /// The distance of one weight element, whatever its size.
  func weightError(_ original: Double, _ folded: Double, _ channel: Int) -> Distance {
    let scale = scales[channel]
    if scale.error.isFinite, scale.value.hi.isFinite, DoubleDouble(original).isWellScaled {
      return distance(folded, scale.value * original)
    }
    let (affine, factor) = (arithmetic.affine, arithmetic.weightFactor)
    guard original.isFinite, factor.isFinite, affine.isDefined(channel) else { return (.infinity, .infinity) }
    return distance(folded, WideFloat(original) * WideFloat(factor) * affine.wideScale(channel))
  }

  /// Whether a weight element has become subnormal, or 0 though its channel's scale is not, and was not so before.
  func isNewSubnormal(_ original: Double, _ folded: Double, _ channel: Int) -> Bool {
    let least = arithmetic.storage.leastNormal
    return folded.magnitude < least && original.magnitude >= least && scales[channel].value.hi != 0
  }

  /// The distance of one bias element.
  func biasError(_ original: Double, _ folded: Double, _ channel: Int) -> Distance {
    let (affine, factor) = (arithmetic.affine, arithmetic.biasFactor)
    let start = factor == 0 ? 0 : original
    let product = DoubleDouble(product: factor, start)
    if product.isWellScaled {
      let (image, error) = affine.bounded(product, channel: channel)
      if error <= arithmetic.storage.ulp(of: image.hi) * 0x1p-30 { return distance(folded, image) }
    }
    guard start.isFinite, factor.isFinite, affine.isDefined(channel) else { return (.infinity, .infinity) }
    let (image, _) = affine.wideImage(WideFloat(factor) * WideFloat(start), channel: channel)
    return distance(folded, image)
  }

  private func distance(_ folded: Double, _ exact: DoubleDouble) -> Distance {
    let error = (exact - folded).hi.magnitude
    return (error, error / arithmetic.storage.ulp(of: exact.hi))
  }

  private func distance(_ folded: Double, _ exact: WideFloat) -> Distance {
    guard folded.isFinite else { return (.infinity, .infinity) }
    let error = (exact - WideFloat(folded)).doubleDouble.hi.magnitude
    return (error, error / arithmetic.storage.ulp(of: exact.doubleDouble.hi))
  }
}
