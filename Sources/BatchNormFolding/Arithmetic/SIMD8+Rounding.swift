extension SIMD8<Double> {
  /// The numbers rounded to a significand with fewer bits, at their own exponents; ties go either way.
  ///
  /// Source: Veltkamp's splitting (Dekker, "A floating-point technique for extending the available precision",
  /// Numerische Mathematik 18, 1971).
  @inline(__always)
  func rounded(droppingBits count: Int) -> SIMD8<Double> {
    let large = self * SIMD8(repeating: Double(UInt64(1) << UInt64(count)) + 1)
    return large - (large - self)
  }
}
