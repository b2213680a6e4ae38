import Tensors

/// The unit in the last place of a real kind's numbers.
struct StoredUnit {
  /// The bits of a significand, the implicit one included.
  private let precision: Int
  /// The exponent of the least positive number, and so of the least unit.
  private let leastExponent: Int

  /// nil for kinds in which no weight is folded.
  init?(_ kind: ElementType) {
    switch kind {
    case .float64: (precision, leastExponent) = (53, -1074)
    case .float32: (precision, leastExponent) = (24, -149)
    case .float16: (precision, leastExponent) = (11, -24)
    case .bfloat16: (precision, leastExponent) = (8, -133)
    default: return nil
    }
  }

  /// What rounding to the kind changes a number by, at most, as a share of it.
  var roundoff: Double { Double(sign: .plus, exponent: -precision, significand: 1) }

  /// Whether every number of the kind is one of float32's.
  var isOfSingles: Bool { precision <= 24 }

  /// How many units of `scale`'s neighbourhood an error makes up.
  ///
  /// Errors are divided before they are counted, since a unit of float64 may be no normal number.
  func count(_ error: Double, near scale: Double) -> Double {
    guard error != 0 else { return 0 }
    guard error.isFinite, scale.isFinite else { return .infinity }
    let exponent = scale == 0 ? leastExponent : max(Int(scale.exponent) - (precision - 1), leastExponent)
    return Double(sign: .plus, exponent: -exponent / 2, significand: error)
      * Double(sign: .plus, exponent: -exponent - -exponent / 2, significand: 1)
  }

  /// The unit in the last place of the kind's numbers near `scale`.
  func unit(near scale: Double) -> Double {
    guard scale.isFinite else { return 0 }
    let exponent = scale == 0 ? leastExponent : max(Int(scale.exponent) - (precision - 1), leastExponent)
    return Double(sign: .plus, exponent: exponent, significand: 1)
  }

  /// The magnitudes near which `plainCount` counts.
  var plainRange: ClosedRange<Double> {
    Double(sign: .plus, exponent: max(leastExponent + precision - 1, -900), significand: 1)...0x1p900
  }

  /// The same as `count`, faster.
  ///
  /// - Precondition: The magnitude of `scale` is in `plainRange`.
  func plainCount(_ error: Double, near scale: Double) -> Double {
    let inverse = Double(bitPattern: (2046 &- (scale.bitPattern >> 52 & 0x7FF)) << 52)
    return error * inverse * unitsOfOne
  }

  private var unitsOfOne: Double { Double(bitPattern: UInt64(truncatingIfNeeded: 1022 &+ precision) << 52) }
}
