/// Logarithms that are the same on every machine, since a report is.
enum Logarithm {
  /// The decimal logarithm of a positive finite number.
  static func decimal(_ value: Double) -> Double {
    var exponent = Double(value.exponent)
    var significand = value.significand
    // Within the square root of two of 1, where few terms are enough.
    if significand > 1.4142135623730951 {
      significand /= 2
      exponent += 1
    }
    // ln m = 2 · atanh((m − 1) / (m + 1))
    let ratio = (significand - 1) / (significand + 1)
    var (sum, power, divisor) = (0.0, ratio, 1.0)
    while divisor < 24 {
      sum += power / divisor
      power *= ratio * ratio
      divisor += 2
    }
    return (2 * sum + exponent * 0.6931471805599453) / 2.302585092994046
  }

  /// A power of ten.
  static func power(_ exponent: Int) -> Double {
    Double("1e\(exponent)") ?? (exponent < 0 ? 0 : .infinity)
  }
}
