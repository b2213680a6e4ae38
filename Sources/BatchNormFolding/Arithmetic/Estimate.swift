/// A number with a bound of how far it may be from the exact one, which is infinite where none is known.
package struct Estimate: Sendable {
  package let value: DoubleDouble
  package let error: Double

  /// A number that is exact.
  package init(_ value: DoubleDouble) { self.init(value, off: 0) }

  /// A number with a bound of its error that its maker vouches for, whatever its size.
  init(_ value: DoubleDouble, within error: Double) {
    self.value = value
    self.error = error
  }

  private init(_ value: DoubleDouble, off error: Double) {
    self.value = value
    self.error = value.isWellScaled ? error : .infinity
  }

  /// Whether there is a number and a bound.
  package var isFinite: Bool { value.hi.isFinite && value.lo.isFinite && error.isFinite }

  /// The sum with a double; exact where both are doubles.
  func adding(_ term: Double) -> Estimate {
    let sum = value + term
    let ownError = value.lo == 0 ? 0 : sum.hi.magnitude * 0x1p-105
    return Estimate(sum, off: DoubleDouble(term).isWellScaled ? (error + ownError) * Self.upward : .infinity)
  }

  /// The sum with another number; exact where both are doubles.
  func adding(_ other: Estimate) -> Estimate {
    if other.value.hi == 0, other.error == 0 { return self }
    let sum = value + other.value
    let ownError = value.lo == 0 && other.value.lo == 0 ? 0 : sum.hi.magnitude * 0x1p-104
    return Estimate(sum, off: (error + other.error + ownError) * Self.upward)
  }

  /// The product with a factor that is off by less than a relative error.
  func multiplied(by factor: DoubleDouble, off factorError: Double) -> Estimate {
    let product = value * factor
    let ownError = product.hi.magnitude * (factorError + 5 * 0x1p-106)
    return Estimate(product, off: (error * factor.hi.magnitude + ownError) * Self.upward)
  }

  /// More than what the bounds' own arithmetic can round away.
  private static var upward: Double { 1 + 0x1p-40 }
}
