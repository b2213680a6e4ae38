// An output channel's scale times an input channel's. For one element at a time in loops over a whole weight, so the
// narrow types multiply first doubles alone: both are off by less than 2⁻⁵³, and so is the product's own rounding,
// which a margin of 2⁻⁵⁰, or a float's rounding, covers together with what `Bracket` says of one scale.
extension ChannelScale {
  /// The product of two scales.
  func joined(with other: ChannelScale) -> ChannelScale {
    guard value.hi == value.hi, other.value.hi == other.value.hi else {
      return ChannelScale(DoubleDouble(.nan), error: 0)
    }
    if value.hi == 0 || other.value.hi == 0 { return ChannelScale(DoubleDouble(0), error: 0) }
    let product = value * other.value
    guard error.isFinite, other.error.isFinite, product.isWellScaled else {
      return ChannelScale(product, error: .infinity)
    }
    let isExact = error == 0 && other.error == 0
    return ChannelScale(
      product, error: isExact ? (product.lo == 0 ? 0 : 0x1p-106) : (error + other.error + 6 * 0x1p-106))
  }

  /// The product from both sides, for products with numbers of so many bits; NaN where there is no bound of its error.
  @inline(__always)
  func bracket(with other: ChannelScale, significandBits: Int) -> Bracket {
    let product = value.hi * other.value.hi
    let errors = error + other.error
    guard errors.isFinite else { return Bracket(low: .nan, high: .nan) }
    let isShort = errors == 0 && usedBits + other.usedBits + significandBits <= 53
    let margin = isShort ? 0 : 0x1p-50
    return Bracket(low: product * (1 - margin), high: product * (1 + margin))
  }

  /// The product as a float, NaN where that loses range.
  @inline(__always)
  func single(with other: ChannelScale) -> Float {
    let product = value.hi * other.value.hi
    let size = product.magnitude
    let isUsual = size == 0 || (size >= 0x1p-100 && size <= 0x1p100)
    return isUsual && (error + other.error).isFinite ? Float(product) : .nan
  }
}
