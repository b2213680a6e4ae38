@testable import BatchNormFolding

/// The numbers of a storage type as Swift's own types know them, without the code under test.
struct NumberFormat: Sendable {
  let storage: StorageType

  static let all: [NumberFormat] = [.float16, .bfloat16, .float32, .float64].map(NumberFormat.init)

  init(_ storage: StorageType) { self.storage = storage }

  var width: Int {
    switch storage {
    case .float16, .bfloat16: 16
    case .float32: 32
    case .float64: 64
    }
  }

  /// The number that a pattern of bits stands for.
  func value(ofBits bits: UInt64) -> Double {
    switch storage {
    case .float16: Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
    case .bfloat16: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16))
    case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .float64: Double(bitPattern: bits)
    }
  }

  /// The bits of a number, nil where this type does not have it.
  func bits(of value: Double) -> UInt64? {
    switch storage {
    case .float16: Float16(exactly: value).map { UInt64($0.bitPattern) }
    case .bfloat16:
      Float(exactly: value).flatMap { $0.bitPattern & 0xFFFF == 0 ? UInt64($0.bitPattern >> 16) : nil }
    case .float32: Float(exactly: value).map { UInt64($0.bitPattern) }
    case .float64: value.bitPattern
    }
  }

  /// A number of this type next to another.
  func near(_ value: Double) -> Double {
    switch storage {
    case .float16: Double(Float16(value))
    case .bfloat16: Double(Float(bitPattern: Float(value).bitPattern & 0xFFFF_0000))
    case .float32: Double(Float(value))
    case .float64: value
    }
  }

  private var sign: UInt64 { 1 << UInt64(width - 1) }

  /// The bits of infinity.
  private var infinity: UInt64 {
    switch storage {
    case .float16: 0x7C00
    case .bfloat16: 0x7F80
    case .float32: 0x7F80_0000
    case .float64: 0x7FF0_0000_0000_0000
    }
  }

  /// The number that infinity's bits would stand for if it were one: twice the largest power of two.
  var beyondLargest: Dyadic { Dyadic.power(storage == .float16 ? 16 : storage == .float64 ? 1024 : 128) }

  var largest: Double { value(ofBits: infinity - 1) }
  var leastNonzero: Double { value(ofBits: 1) }

  /// A finite number of random bits.
  func random(using generator: inout SeededGenerator) -> Double {
    let magnitude = UInt64.random(in: 0..<infinity, using: &generator)
    return value(ofBits: Bool.random(using: &generator) ? magnitude | sign : magnitude)
  }

  /// The neighbours of a finite number; beyond the largest comes what infinity stands for.
  func neighbours(of number: Double) -> (below: Dyadic, above: Dyadic)? {
    guard let bits = bits(of: number.magnitude) else { return nil }
    let above = bits + 1 == infinity ? beyondLargest : Dyadic(value(ofBits: bits + 1))
    let below = bits == 0 ? -Dyadic(leastNonzero) : Dyadic(value(ofBits: bits - 1))
    return number.sign == .minus ? (-above, -below) : (below, above)
  }

  /// Whether a number is what some real number rounds to, ties to even.
  ///
  /// - Parameter side: The sign of the real number's difference from a given one.
  func isCorrect(_ rounded: Double, side: (Dyadic) -> Int) -> Bool {
    let half = Dyadic(0.5)
    if rounded.isInfinite {
      let threshold = (Dyadic(largest) + beyondLargest) * half
      return rounded > 0 ? side(threshold) >= 0 : side(-threshold) <= 0
    }
    guard let bits = bits(of: rounded), let (below, above) = neighbours(of: rounded) else { return false }
    let low = side((below + Dyadic(rounded)) * half)
    let high = side((above + Dyadic(rounded)) * half)
    return bits & 1 == 0 ? low >= 0 && high <= 0 : low > 0 && high < 0
  }

  /// Whether a number is less than one of its last places from some real number.
  func isWithinOneUlp(_ rounded: Double, side: (Dyadic) -> Int) -> Bool {
    if rounded.isInfinite {
      return isCorrect(rounded, side: side)
        || side(Dyadic(rounded > 0 ? largest : -largest)) * (rounded > 0 ? 1 : -1) > 0
    }
    guard let (below, above) = neighbours(of: rounded) else { return false }
    return side(below) > 0 && side(above) < 0
  }
}
