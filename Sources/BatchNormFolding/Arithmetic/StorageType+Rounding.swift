extension StorageType {
  /// The smallest magnitude that rounds to infinity: half a unit above the largest finite value.
  var overflowThreshold: Double {
    switch self {
    case .float16: 65520
    case .bfloat16: 0x1.FFp127
    case .float32: 0x1.FFFFFFp127
    case .float64: .infinity
    }
  }

  /// The number of this type that is nearest to a double, ties to even; NaN stays NaN.
  package func rounded(_ value: Double) -> Double { rounded(DoubleDouble(value)) }

  /// The number of this type that is nearest to an unevaluated sum, ties to even.
  func rounded(_ value: DoubleDouble) -> Double {
    guard self != .float64, value.hi.isFinite else { return value.hi }
    let unit = ulp(of: value.hi)
    let scaled = value.hi / unit
    var whole = scaled.rounded(.toNearestOrEven)
    // The low part is too small to matter, except where the high part is exactly half way.
    if abs(scaled - scaled.rounded(.towardZero)) == 0.5, value.lo != 0 {
      whole = value.lo > 0 ? scaled.rounded(.up) : scaled.rounded(.down)
    }
    return finite(whole * unit)
  }

  /// The number of this type that is nearest to a wide one, ties to even.
  ///
  /// - Parameter tolerance: The exponent of what counts as nothing: a value that near to a tie is the tie.
  func rounded(_ value: WideFloat, tolerance: Int) -> Double {
    guard let exponent = value.leadingExponent, exponent > tolerance else { return 0 }
    let unit = max(exponent, leastExponent) - significandBits + 1
    let (whole, half) = value.magnitude.split(atExponent: unit, tolerance: tolerance)
    let isUp =
      switch half {
      case .below: false
      case .above: true
      case .tie: whole & 1 == 1
      }
    let magnitude = Double(sign: .plus, exponent: unit, significand: Double(whole + (isUp ? 1 : 0)))
    return finite(value.isNegative ? -magnitude : magnitude)
  }

  private func finite(_ value: Double) -> Double {
    abs(value) <= largestFinite ? value : value.sign == .minus ? -.infinity : .infinity
  }

  /// The number that everything within an error of a value rounds to, nil where that is not one number.
  func rounded(_ value: DoubleDouble, within error: Double) -> Double? {
    guard error > 0 else { return rounded(value) }
    // The sums are off by less than 2u² themselves.
    let reach = error + value.hi.magnitude * 0x1p-104
    let low = rounded(value - reach)
    let high = rounded(value + reach)
    return low == high ? low : nil
  }
}
