/// An unevaluated sum of two doubles, about 106 bits: `hi` is the sum rounded, `lo` what that left.
///
/// Source and error bounds, with u = 2⁻⁵³: Joldes, Muller and Popescu, "Tight and rigorous error bounds for basic
/// building blocks of double-word arithmetic", ACM TOMS 44(2), 2017. A result that two doubles hold exactly is
/// exact.
package struct DoubleDouble: Equatable, Sendable {
  package let hi: Double
  package let lo: Double

  package init(_ value: Double) {
    hi = value
    lo = 0
  }

  init(hi: Double, lo: Double) {
    self.hi = hi
    self.lo = lo
  }

  /// The exact sum of two doubles.
  package init(sum a: Double, _ b: Double) {
    let sum = a + b
    let part = sum - a
    hi = sum
    lo = (a - (sum - part)) + (b - part)
  }

  /// The exact product of two doubles, where it does not underflow.
  package init(product a: Double, _ b: Double) {
    hi = a * b
    lo = (-hi).addingProduct(a, b)
  }

  /// The sum of two doubles of which the first is the larger.
  init(ordered a: Double, _ b: Double) {
    hi = a + b
    lo = b - (hi - a)
  }

  package var magnitude: DoubleDouble { hi < 0 ? -self : self }

  package static prefix func - (value: DoubleDouble) -> DoubleDouble {
    DoubleDouble(hi: -value.hi, lo: -value.lo)
  }

  /// Relative error below 3u² + 13u³.
  package static func + (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let high = DoubleDouble(sum: a.hi, b.hi)
    let low = DoubleDouble(sum: a.lo, b.lo)
    let sum = DoubleDouble(ordered: high.hi, high.lo + low.hi)
    return DoubleDouble(ordered: sum.hi, low.lo + sum.lo)
  }

  package static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble { a + -b }

  /// Relative error below 5u².
  package static func * (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let product = DoubleDouble(product: a.hi, b.hi)
    guard product.hi.isFinite, product.hi != 0 else { return DoubleDouble(product.hi) }
    let cross = (a.hi * b.lo).addingProduct(a.lo, b.hi)
    return DoubleDouble(ordered: product.hi, product.lo + cross)
  }

  /// Relative error below 10u².
  package static func / (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let first = a.hi / b.hi
    guard first.isFinite, first != 0 else { return DoubleDouble(first) }
    let rest = a - b * DoubleDouble(first)
    let second = rest.hi / b.hi
    let remainder = rest - b * DoubleDouble(second)
    let quotient = DoubleDouble(ordered: first, second)
    return quotient + DoubleDouble(remainder.hi / b.hi)
  }

  /// The nearest whole number, of two as near the even one, if it is below 2⁵².
  func roundedToWhole() -> Double {
    let whole = hi.rounded(.toNearestOrEven)
    guard lo != 0, (hi - hi.rounded(.towardZero)).magnitude == 0.5 else { return whole }
    return lo > 0 ? hi.rounded(.up) : hi.rounded(.down)
  }

  /// Relative error below 4u².
  package func squareRoot() -> DoubleDouble {
    let root = hi.squareRoot()
    guard root.isFinite, root > 0 else { return DoubleDouble(root) }
    let rest = self - DoubleDouble(product: root, root)
    return DoubleDouble(ordered: root, rest.hi / (2 * root))
  }
}
