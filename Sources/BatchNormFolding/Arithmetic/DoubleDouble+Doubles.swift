extension DoubleDouble {
  /// Adds a double: relative error below 2u², none where the first is a double itself.
  package static func + (a: DoubleDouble, b: Double) -> DoubleDouble {
    let sum = DoubleDouble(sum: a.hi, b)
    guard sum.hi.isFinite else { return DoubleDouble(sum.hi) }
    return DoubleDouble(ordered: sum.hi, a.lo + sum.lo)
  }

  package static func - (a: DoubleDouble, b: Double) -> DoubleDouble { a + -b }

  /// Multiplies by a double: relative error below 2u², none where the first is a double itself.
  package static func * (a: DoubleDouble, b: Double) -> DoubleDouble {
    let product = DoubleDouble(product: a.hi, b)
    guard product.hi.isFinite, product.hi != 0 else { return DoubleDouble(product.hi) }
    return DoubleDouble(ordered: product.hi, product.lo.addingProduct(a.lo, b))
  }

  /// Whether the number is 0, or of a size with which the bounds of an operation's error hold: nothing overflows,
  /// and no low part underflows.
  var isWellScaled: Bool { hi == 0 || (hi.magnitude >= 0x1p-400 && hi.magnitude <= 0x1p400) }
}

extension DoubleDouble: Comparable {
  package static func < (a: DoubleDouble, b: DoubleDouble) -> Bool {
    a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo)
  }
}
