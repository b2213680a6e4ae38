/// A function of two numbers, as ONNX defines it.
package enum BinaryFunction: Sendable {
  case sum, difference, product, quotient, power
  case minimum, maximum
  /// The remainder with the sign of the divisor.
  case modulus
  /// The remainder with the sign of the dividend, as C's `fmod`.
  case remainder
  /// The first where it is not negative, otherwise the product.
  case parametricRelu
  /// Of integers only.
  case and, or, exclusiveOr, shiftedLeft, shiftedRight
}

extension BinaryFunction {
  /// Whether the function looks at the bits of integers.
  package var isBitwise: Bool {
    switch self {
    case .and, .or, .exclusiveOr, .shiftedLeft, .shiftedRight: true
    default: false
    }
  }

  /// Replaces each element of `a` by the function of it and of `b`.
  ///
  /// - Parameters:
  ///   - a: Of the shape `shape`.
  ///   - bShape: The shape of `b`, which must broadcast to `shape`.
  /// - Complexity: O(elements).
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func apply<S: Scalar>(to a: inout [S], shape: [Int], _ b: [S], bShape: [Int]) {
    switch self {
    case .sum: Broadcast.combine(&a, shape, b, bShape) { $0 + $1 }
    case .difference: Broadcast.combine(&a, shape, b, bShape) { $0 - $1 }
    case .product: Broadcast.combine(&a, shape, b, bShape) { $0 * $1 }
    case .quotient: Broadcast.combine(&a, shape, b, bShape) { $0 / $1 }
    case .power: Broadcast.combine(&a, shape, b, bShape) { S.power($0, $1) }
    case .minimum: Broadcast.combine(&a, shape, b, bShape) { $0.isNaN || $0 < $1 ? $0 : $1 }
    case .maximum: Broadcast.combine(&a, shape, b, bShape) { $0.isNaN || $0 > $1 ? $0 : $1 }
    case .modulus:
      Broadcast.combine(&a, shape, b, bShape) { a, b in
        let rest = S.remainder(a, b)
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
      }
    case .remainder: Broadcast.combine(&a, shape, b, bShape) { S.remainder($0, $1) }
    case .parametricRelu: Broadcast.combine(&a, shape, b, bShape) { $0 < 0 ? $0 * $1 : $0 }
    case .and, .or, .exclusiveOr, .shiftedLeft, .shiftedRight:
      preconditionFailure("bits are combined in integers only")
    }
  }

  /// The same for integers, which wrap around.
  ///
  /// A quotient of or a remainder by 0 is 0. Unsigned numbers of 64 bits are given by their bits.
  package func apply(to a: inout [Int64], shape: [Int], _ b: [Int64], bShape: [Int], isUnsigned64: Bool = false) {
    if isUnsigned64, applyUnsigned(to: &a, shape, b, bShape) { return }
    switch self {
    case .sum: Broadcast.combine(&a, shape, b, bShape) { $0 &+ $1 }
    case .difference: Broadcast.combine(&a, shape, b, bShape) { $0 &- $1 }
    case .product: Broadcast.combine(&a, shape, b, bShape) { $0 &* $1 }
    case .quotient: Broadcast.combine(&a, shape, b, bShape) { Self.quotient($0, $1) }
    case .power: Broadcast.combine(&a, shape, b, bShape) { Self.power($0, $1) }
    case .minimum: Broadcast.combine(&a, shape, b, bShape) { min($0, $1) }
    case .maximum: Broadcast.combine(&a, shape, b, bShape) { max($0, $1) }
    case .modulus:
      Broadcast.combine(&a, shape, b, bShape) { a, b in
        let rest = Self.remainder(a, b)
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
      }
    case .remainder: Broadcast.combine(&a, shape, b, bShape) { Self.remainder($0, $1) }
    case .parametricRelu: Broadcast.combine(&a, shape, b, bShape) { $0 < 0 ? $0 &* $1 : $0 }
    case .and: Broadcast.combine(&a, shape, b, bShape) { $0 & $1 }
    case .or: Broadcast.combine(&a, shape, b, bShape) { $0 | $1 }
    case .exclusiveOr: Broadcast.combine(&a, shape, b, bShape) { $0 ^ $1 }
    case .shiftedLeft: Broadcast.combine(&a, shape, b, bShape) { Self.isWidth($1) ? $0 << $1 : 0 }
    case .shiftedRight: Broadcast.combine(&a, shape, b, bShape) { $0 >> (Self.isWidth($1) ? $1 : 63) }
    }
  }

  /// What differs where the highest bit counts; false for a function in which it does not.
  private func applyUnsigned(to a: inout [Int64], _ shape: [Int], _ b: [Int64], _ bShape: [Int]) -> Bool {
    func combine(_ function: (UInt64, UInt64) -> UInt64) {
      Broadcast.combine(&a, shape, b, bShape) {
        Int64(bitPattern: function(UInt64(bitPattern: $0), UInt64(bitPattern: $1)))
      }
    }
    switch self {
    case .quotient: combine { $1 == 0 ? 0 : $0 / $1 }
    case .minimum: combine { min($0, $1) }
    case .maximum: combine { max($0, $1) }
    case .modulus, .remainder: combine { $1 == 0 ? 0 : $0 % $1 }
    case .shiftedRight: combine { $1 < 64 ? $0 >> $1 : 0 }
    default: return false
    }
    return true
  }

  /// Whether bits can be shifted so far; by a negative or larger number all are shifted out.
  private static func isWidth(_ shift: Int64) -> Bool { 0 <= shift && shift < 64 }

  private static func quotient(_ a: Int64, _ b: Int64) -> Int64 {
    b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
  }

  private static func remainder(_ a: Int64, _ b: Int64) -> Int64 {
    b == 0 || b == -1 ? 0 : a % b
  }

  private static func power(_ base: Int64, _ exponent: Int64) -> Int64 {
    guard exponent >= 0 else { return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0 }
    var (result, factor, rest) = (Int64(1), base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = result &* factor }
      factor = factor &* factor
      rest >>= 1
    }
    return result
  }
}
