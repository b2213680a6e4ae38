extension Double {
  /// The number rounded to a significand of fewer bits, at its own exponent; ties go either way.
  ///
  /// Source: Veltkamp's splitting (Dekker, "A floating-point technique for extending the available precision",
  /// Numerische Mathematik 18, 1971).
  @inline(__always)
  func rounded(toBits count: Int) -> Double {
    let large = self * (Double(UInt64(1) << UInt64(53 - count)) + 1)
    return large - (large - self)
  }
}
