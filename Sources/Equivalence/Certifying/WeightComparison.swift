/// Compares stored weights with exact ones, run by run.
struct WeightComparison {
  private let unit: StoredUnit
  private let plain: ClosedRange<Double>
  private var scratch: [Double]

  init(unit: StoredUnit, longestRun: Int) {
    self.unit = unit
    plain = unit.plainRange
    scratch = Array(repeating: 0, count: longestRun)
  }

  /// Compares the elements of one channel that lie side by side.
  ///
  /// - Returns: The sum of their errors.
  /// - Complexity: O(elements).
  mutating func compare(
    _ original: Span<Double>, _ stored: Span<Double>, _ factor: TwoPart, _ limit: Double,
    into distance: inout StoredDistance
  ) -> Double {
    if let counts = countRounded(original, stored, factor) {
      distance.add(rounded: counts.bins, largest: counts.largest)
      return scratch.span.extracting(0..<original.count).sum
    }
    var sum = 0.0
    for index in original.indices {
      let (exact, error) = Self.exact(original[index], stored[index], factor)
      let isSame = stored[index] == exact || stored[index].isNaN && exact.isNaN
      let isPlain = plain.contains(abs(exact)) && error.isFinite
      sum += isSame && !isPlain ? 0 : error
      let ulps = isPlain ? unit.plainCount(error, near: exact) : isSame ? 0 : unit.count(error, near: exact)
      distance.add(ulps, limit: limit)
    }
    return sum
  }

  /// Compares elements of one channel that are integers times stored numbers, which a run rounds in both models.
  ///
  /// - Parameter scale: The stored number where it is one; that is what is off, so its last place counts.
  /// - Returns: The sum of the errors, those of such a run's roundings among them.
  /// - Complexity: O(elements).
  func compareProducts(
    _ original: Span<Double>, _ stored: Span<Double>, _ factor: TwoPart, _ limit: Double, scale: Double?,
    into distance: inout StoredDistance
  ) -> Double {
    let places = scale.map { $0.magnitude / unit.unit(near: $0) }
    var sum = 0.0
    for index in original.indices {
      let (exact, error) = Self.exact(original[index], stored[index], factor)
      let isSame = error == 0 || stored[index].isNaN && exact.isNaN
      let ulps =
        if let places, exact != 0 { error / exact.magnitude * places } else { unit.count(error, near: exact) }
      distance.add(isSame ? 0 : ulps, limit: limit)
      sum += isSame ? 0 : error
      sum += unit.roundoff * (exact.magnitude + stored[index].magnitude)
    }
    return sum
  }

  /// Compares one element with an exact number that is a sum.
  ///
  /// - Parameter largest: The largest number that it is a sum of.
  /// - Returns: Its error.
  func compare(
    _ stored: Double, with exact: TwoPart, largest: Double, _ limit: Double, into distance: inout StoredDistance
  ) -> Double {
    if stored == exact.head && exact.tail == 0 || stored.isNaN && exact.head.isNaN {
      distance.add(0, limit: limit)
      return 0
    }
    // What the arithmetic here cannot tell is no error.
    let distanceFound = (TwoPart(stored) - exact).magnitude
    let error = distanceFound.isFinite ? max(distanceFound - largest * 0x1p-98, 0) : .infinity
    distance.add(unit.count(error, near: exact.head), limit: limit)
    return error
  }

  private static func exact(_ original: Double, _ stored: Double, _ factor: TwoPart) -> (Double, error: Double) {
    let product = original * factor.head
    let rest = (-product).addingProduct(original, factor.head) + original * factor.tail
    // Head and tail apart, or what a float64 is off by would be lost.
    return (product + rest, abs((stored - product) - rest))
  }

  /// Counts a run in which everything is rounded as it should be, as nearly all are; nil for any other.
  ///
  /// Errors are spread evenly over the bins, so that no processor would guess a branch right.
  private mutating func countRounded(
    _ original: Span<Double>, _ stored: Span<Double>, _ factor: TwoPart
  ) -> (bins: [Int], largest: Double)? {
    guard unit.isOfSingles else { return nil }
    let (unit, least) = (unit, plain.lowerBound.bitPattern)
    let (high, low, tail) = factor.parts
    var errors = scratch.mutableSpan
    var (odd, largest) = (0 as UInt64, 0 as UInt64)
    var (same, first, second, third) = (0 as UInt64, 0 as UInt64, 0 as UInt64, 0 as UInt64)
    for index in original.indices {
      let rest = original[index] * low + original[index] * tail
      let product = original[index] * high
      let exact = product + rest
      let error = abs((stored[index] - product) - rest)
      errors[index] = error
      let magnitude = exact.bitPattern & 0x7FFF_FFFF_FFFF_FFFF
      odd |= Self.isAtMost(magnitude, least - 1) &- Self.isAtMost(magnitude, 0)
      odd |= 1 &- Self.isAtMost(magnitude, 0x1p900.bitPattern)
      let ulps = unit.plainCount(error, near: exact).bitPattern
      largest = max(largest, ulps)
      same &+= Self.isAtMost(ulps, 0)
      first &+= Self.isAtMost(ulps, 0.125.bitPattern)
      second &+= Self.isAtMost(ulps, 0.25.bitPattern)
      third &+= Self.isAtMost(ulps, 0.375.bitPattern)
    }
    guard odd == 0, largest <= 0.5.bitPattern else { return nil }
    let bins = [same, first - same, second - first, third - second, UInt64(original.count) - third]
    return (bins.map { Int($0) }, Double(bitPattern: largest))
  }

  /// 1 where the bits of a number that is not negative are at most those of another one, else 0.
  @inline(__always)
  private static func isAtMost(_ bits: UInt64, _ bound: UInt64) -> UInt64 { (bits &- bound &- 1) >> 63 }
}
