extension Int {
  /// A number without its fraction, the nearest integer where it is out of range, and 0 for NaN.
  package init(clamped x: Double) {
    self = x.isNaN ? 0 : x <= -0x1p63 ? .min : x >= 0x1p63 ? .max : Int(x)
  }
}

extension Int64 {
  /// A number without its fraction, the nearest integer where it is out of range, and 0 for NaN.
  package init(clamped x: Double) { self = Int64(Int(clamped: x)) }
}
