/// A channel's scale in parts whose products with the parts of a double are exact.
///
/// For products of some 106 bits without fused multiply-adds, which not every processor has (Dekker, "A floating-point
/// technique for extending the available precision", 1971).
struct SplitScale: BitwiseCopyable, Sendable {
  /// The scale's first double is the sum of these two, of 26 bits each.
  private let upper: Double
  private let lower: Double

  /// The scale's second double.
  private let rest: Double

  /// The first double's size.
  var magnitude: Double { (upper + lower).magnitude }

  /// How far a product may be off, relatively; 0 where the scale is its first double.
  let error: Double

  /// - Parameter error: The scale's own relative error; 0 where the scale is its first double.
  init(_ scale: DoubleDouble, error: Double) {
    (upper, lower) = Self.split(scale.hi)
    rest = scale.lo
    // Of the product 5u² at most are rounded away.
    self.error = error == 0 ? 0 : error + 0x1p-103
  }

  /// The product with a double as the rounded product and what that leaves.
  @inline(__always)
  func product(_ value: Double) -> (product: Double, tail: Double) {
    let (high, low) = Self.split(value)
    let product = value * (upper + lower)
    let tail = ((high * upper - product) + high * lower + low * upper) + low * lower
    return (product, tail + value * rest)
  }

  /// A double as the sum of two of at most 26 bits (Veltkamp).
  @inline(__always)
  private static func split(_ value: Double) -> (high: Double, low: Double) {
    let product = value * 0x1.0000002p27
    let high = product - (product - value)
    return (high, value - high)
  }
}
