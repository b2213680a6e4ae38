/// A real number as the sum of two doubles, exact to about 2⁻¹⁰⁰ of itself.
///
/// The check has an arithmetic of its own, so that no error of the folding side's can hide itself.
/// Source: Dekker, "A floating-point technique for extending the available precision", Numerische Mathematik 18, 1971,
/// with a fused multiplication in place of his splitting.
struct TwoPart: Equatable, Sendable {
  /// The number rounded to a double.
  let head: Double
  /// What the head leaves.
  let tail: Double

  init(_ value: Double) { (head, tail) = (value, 0) }

  /// The sum of a number and a much smaller one.
  private init(_ large: Double, plus small: Double) {
    head = large + small
    tail = head.isFinite ? small - (head - large) : 0
  }

  static func + (first: TwoPart, second: TwoPart) -> TwoPart {
    let sum = first.head + second.head
    guard sum.isFinite else { return TwoPart(sum) }
    let part = sum - first.head
    let rest = (first.head - (sum - part)) + (second.head - part)
    return TwoPart(sum, plus: rest + first.tail + second.tail)
  }

  static prefix func - (value: TwoPart) -> TwoPart { value * TwoPart(-1) }

  static func - (first: TwoPart, second: TwoPart) -> TwoPart { first + -second }

  static func * (first: TwoPart, second: TwoPart) -> TwoPart {
    let product = first.head * second.head
    guard product.isFinite else { return TwoPart(product) }
    let rest = (-product).addingProduct(first.head, second.head)
    return TwoPart(product, plus: rest + first.head * second.tail + first.tail * second.head)
  }

  static func / (first: TwoPart, second: TwoPart) -> TwoPart {
    let quotient = first.head / second.head
    guard quotient.isFinite else { return TwoPart(quotient) }
    let rest = first - second * TwoPart(quotient)
    return TwoPart(quotient, plus: (rest.head + rest.tail) / second.head)
  }

  /// The root, by one step of Newton's method on the double's.
  var squareRoot: TwoPart {
    let root = head.squareRoot()
    guard root.isFinite, root > 0 else { return TwoPart(root) }
    let rest = self - TwoPart(root) * TwoPart(root)
    return TwoPart(root, plus: (rest.head + rest.tail) / (2 * root))
  }

  var magnitude: Double { abs(head) }

  /// Three doubles that sum up to the number, of which the products of the first two with a `Float` are exact.
  ///
  /// So that no fused multiplication is needed, which is a call on processors of the lowest common kind.
  var parts: (Double, Double, Double) {
    let high = Double(bitPattern: head.bitPattern & ~0xFF_FFFF)
    return (high, head - high, tail)
  }
}
