/// An exact binary number: a whole number of any size times a power of two.
///
/// The tests' own arithmetic. It never rounds, holds no floating-point number and shares nothing with what it
/// judges.
struct Dyadic: Sendable {
  private(set) var isNegative: Bool

  /// The whole number, least significant word first, without zero words at the end; empty for 0.
  private var words: [UInt64]
  private var exponent: Int

  private init(isNegative: Bool, words: [UInt64], exponent: Int) {
    var words = words
    while words.last == 0 { words.removeLast() }
    let low = words.prefix { $0 == 0 }.count
    if low > 0 { words.removeFirst(low) }
    self.words = words
    self.isNegative = isNegative && !words.isEmpty
    self.exponent = words.isEmpty ? 0 : exponent + 64 * low
  }

  /// - Precondition: The value is finite.
  init(_ value: Double) {
    precondition(value.isFinite, "an exact number must be finite")
    let fraction = value.significandBitPattern
    let isNormal = value.exponentBitPattern > 0
    let whole = isNormal ? fraction | 1 << 52 : fraction
    let trailing = whole == 0 ? 0 : whole.trailingZeroBitCount
    self.init(
      isNegative: value.sign == .minus, words: [whole >> UInt64(trailing)],
      exponent: Int(max(value.exponentBitPattern, 1)) - 1075 + trailing)
  }

  /// `2^exponent`.
  static func power(_ exponent: Int) -> Dyadic { Dyadic(isNegative: false, words: [1], exponent: exponent) }

  var isZero: Bool { words.isEmpty }

  /// -1, 0 or 1.
  var sign: Int { isZero ? 0 : isNegative ? -1 : 1 }

  var magnitude: Dyadic { isNegative ? -self : self }

  /// The exponent of the leading bit, nil for 0.
  var leadingExponent: Int? {
    words.last.map { exponent + 64 * words.count - 1 - $0.leadingZeroBitCount }
  }

  var squared: Dyadic { self * self }

  static prefix func - (value: Dyadic) -> Dyadic {
    Dyadic(isNegative: !value.isNegative, words: value.words, exponent: value.exponent)
  }

  static func * (a: Dyadic, b: Dyadic) -> Dyadic {
    var product = Array(repeating: UInt64(0), count: a.words.count + b.words.count)
    for (i, x) in a.words.enumerated() {
      var carry: UInt64 = 0
      for (j, y) in b.words.enumerated() {
        let (high, low) = x.multipliedFullWidth(by: y)
        let (first, overflow) = product[i + j].addingReportingOverflow(low)
        let (second, again) = first.addingReportingOverflow(carry)
        product[i + j] = second
        carry = high + (overflow ? 1 : 0) + (again ? 1 : 0)
      }
      product[i + b.words.count] = carry
    }
    return Dyadic(isNegative: a.isNegative != b.isNegative, words: product, exponent: a.exponent + b.exponent)
  }

  static func + (a: Dyadic, b: Dyadic) -> Dyadic {
    if a.isZero { return b }
    if b.isZero { return a }
    let exponent = min(a.exponent, b.exponent)
    let (x, y) = (a.words(downTo: exponent), b.words(downTo: exponent))
    if a.isNegative == b.isNegative {
      return Dyadic(isNegative: a.isNegative, words: sum(x, y), exponent: exponent)
    }
    return isLess(x, y)
      ? Dyadic(isNegative: b.isNegative, words: difference(y, x), exponent: exponent)
      : Dyadic(isNegative: a.isNegative, words: difference(x, y), exponent: exponent)
  }

  static func - (a: Dyadic, b: Dyadic) -> Dyadic { a + -b }

  /// The words that the number has with a smaller exponent.
  private func words(downTo lower: Int) -> [UInt64] {
    let shift = exponent - lower
    let bits = UInt64(shift % 64)
    var result = Array(repeating: UInt64(0), count: shift / 64)
    guard bits > 0 else { return result + words }
    var carry: UInt64 = 0
    for word in words {
      result.append(word << bits | carry)
      carry = word >> (64 - bits)
    }
    result.append(carry)
    return result
  }

  private static func sum(_ a: [UInt64], _ b: [UInt64]) -> [UInt64] {
    var result: [UInt64] = []
    var carry: UInt64 = 0
    for index in 0..<max(a.count, b.count) {
      let (first, overflow) = (index < a.count ? a[index] : 0).addingReportingOverflow(index < b.count ? b[index] : 0)
      let (second, again) = first.addingReportingOverflow(carry)
      result.append(second)
      carry = overflow || again ? 1 : 0
    }
    return result + [carry]
  }

  private static func difference(_ a: [UInt64], _ b: [UInt64]) -> [UInt64] {
    var result: [UInt64] = []
    var borrow: UInt64 = 0
    for index in 0..<a.count {
      let (first, overflow) = a[index].subtractingReportingOverflow(index < b.count ? b[index] : 0)
      let (second, again) = first.subtractingReportingOverflow(borrow)
      result.append(second)
      borrow = overflow || again ? 1 : 0
    }
    return result
  }

  private static func isLess(_ a: [UInt64], _ b: [UInt64]) -> Bool {
    for index in stride(from: max(a.count, b.count) - 1, through: 0, by: -1) {
      let (x, y) = (index < a.count ? a[index] : 0, index < b.count ? b[index] : 0)
      if x != y { return x < y }
    }
    return false
  }
}

extension Dyadic: Comparable {
  static func < (a: Dyadic, b: Dyadic) -> Bool { (a - b).isNegative }

  static func == (a: Dyadic, b: Dyadic) -> Bool { (a - b).isZero }
}
