/// A sum of doubles in two doubles, and a bound of what those could not take.
struct CompensatedSum: BitwiseCopyable, Sendable {
  private(set) var high = 0.0
  private(set) var low = 0.0
  private(set) var error = 0.0

  @inline(__always)
  mutating func add(_ term: Double) {
    let first = DoubleDouble(sum: high, term)
    let second = DoubleDouble(sum: low, first.lo)
    (high, low) = (first.hi, second.hi)
    error += second.lo.magnitude
  }

  /// Adds the product with a number that is known with a bound of its error.
  @inline(__always)
  mutating func add(product value: Double, _ factor: SplitScale) {
    let (product, tail) = factor.product(value)
    add(product)
    add(tail)
    error += product.magnitude * factor.error
    // Parts of what is so small may underflow.
    if product.magnitude < 0x1p-900, value != 0 { error += 0x1p-1000 }
  }

  /// Adds the exact product of two doubles.
  mutating func add(product a: Double, _ b: Double) {
    let product = DoubleDouble(product: a, b)
    add(product.hi)
    add(product.lo)
  }

  /// Makes room for an error of the terms.
  mutating func widen(by reach: Double) { error += reach }

  /// The sum times a factor.
  func estimate(times factor: Double) -> Estimate {
    let sum = DoubleDouble(sum: high, low)
    let reach = error * (1 + 0x1p-30)
    guard factor != 1 else { return Estimate(sum, within: reach) }
    let product = sum * factor
    let ownError = sum.lo == 0 ? 0 : product.hi.magnitude * 0x1p-105
    return Estimate(product, within: (reach * factor.magnitude + ownError) * (1 + 0x1p-40))
  }
}
