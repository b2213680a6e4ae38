/// The scale of one channel, or of a weight's element, and how well it is known.
struct ChannelScale: Sendable {
  /// NaN where the scale is not defined.
  let value: DoubleDouble

  /// The value's relative error is below this; 0 where the scale is a double, and infinite where only the sign is
  /// right.
  let error: Double

  init(_ value: DoubleDouble, error: Double) {
    self.value = value
    self.error = error
  }

  /// The scale of a channel of an affine map, times a factor.
  init(_ affine: ChannelAffine, channel: Int, factor: Double = 1) {
    let factorIsUsual = DoubleDouble(factor).isWellScaled
    let estimate = factorIsUsual ? affine.estimatedScale(ofChannel: channel).map { $0 * factor } : nil
    let error = Double(32 * affine.steps.count + 2) * 0x1p-106
    if let estimate, estimate.hi == 0 {
      // Nothing that is well scaled underflowed: a factor is 0.
      self.init(estimate, error: 0)
    } else if let estimate, estimate.isWellScaled, estimate.lo.magnitude > estimate.hi.magnitude * error {
      self.init(estimate, error: error)
    } else if factor.isFinite, affine.isDefined(channel) {
      // It may be a double, or is of an unusual size.
      self.init(affine.wideScale(channel) * WideFloat(factor))
    } else {
      self.init(DoubleDouble(.nan), error: 0)
    }
  }

  init(_ wide: WideFloat) {
    guard let exponent = wide.leadingExponent else {
      self.init(DoubleDouble(0), error: 0)
      return
    }
    guard abs(exponent) < 400 else {
      let size = exponent > 0 ? 0x1p400 : 0x1p-400
      self.init(DoubleDouble(wide.isNegative ? -size : size), error: .infinity)
      return
    }
    let nearest = wide.doubleDouble
    let rest = (wide - WideFloat(nearest.hi)).leadingExponent
    let isDouble = rest.map { $0 < exponent - 400 } ?? true
    self.init(isDouble ? DoubleDouble(nearest.hi) : nearest, error: isDouble ? 0 : 0x1p-106)
  }

  /// The scale from both sides, for products with numbers of so many bits; NaN where there is no bound of its error.
  func bracket(significandBits: Int) -> Bracket {
    guard error.isFinite else { return Bracket(low: .nan, high: .nan) }
    let margin = error == 0 && usedBits + significandBits <= 53 ? 0 : 0x1p-50
    return Bracket(low: value.hi * (1 - margin), high: value.hi * (1 + margin))
  }

  /// The bits of the first double from the leading one to the last that is set.
  var usedBits: Int { value.hi == 0 ? 0 : 53 - min(value.hi.significandBitPattern.trailingZeroBitCount, 52) }

  /// Whether the scale is exactly 1.
  var isOne: Bool { error == 0 && value == DoubleDouble(1) }

  /// The scale as a float, NaN where that loses range.
  var single: Float {
    let size = value.hi.magnitude
    return size == 0 || (size >= 0x1p-100 && size <= 0x1p100) ? Float(value.hi) : .nan
  }

  /// The scale in parts for products with doubles; NaN where there is no bound of its error.
  var split: SplitScale { SplitScale(error.isFinite ? value : DoubleDouble(.nan), error: error) }
}
