// Bits of doubles are compared as integers, whose order no compiler has to keep element by element.

extension Span<Double> {
  /// The largest magnitude; NaN or infinite where an element is.
  var largestMagnitude: Double {
    var largest: UInt64 = 0
    for index in indices { largest = Swift.max(largest, self[index].bitPattern & .magnitude) }
    return Double(bitPattern: largest)
  }

  /// The least and the greatest element; where one is NaN or infinite, so is one of these.
  var extremes: (least: Double, greatest: Double) {
    var (least, greatest) = (Int64.max, Int64.min)
    for index in indices {
      let key = self[index].orderKey
      least = Swift.min(least, key)
      greatest = Swift.max(greatest, key)
    }
    return (Double(orderKey: least), Double(orderKey: greatest))
  }

  /// The largest distance from the elements of another span of the same count; NaN or infinite where one is.
  func largestDistance<Number: BinaryFloatingPoint>(from others: Span<Number>) -> Double {
    precondition(others.count == count, "both must have as many elements")
    var largest: UInt64 = 0
    for index in indices {
      largest = Swift.max(largest, (Double(others[index]) - self[index]).bitPattern & .magnitude)
    }
    return Double(bitPattern: largest)
  }

  /// The sum of the squared distances from the elements of another span of the same count.
  func squaredDistance<Number: BinaryFloatingPoint>(from others: Span<Number>) -> Double {
    precondition(others.count == count, "both must have as many elements")
    return sum(of: { index in
      let distance = Double(others[index]) - self[index]
      return distance * distance
    })
  }

  var sum: Double { sum(of: { self[$0] }) }

  @inline(__always)
  private func sum(of term: (Int) -> Double) -> Double {
    // Four sums do not wait for each other.
    var sums = (0.0, 0.0, 0.0, 0.0)
    for index in 0..<(count / 4) {
      sums.0 += term(4 * index)
      sums.1 += term(4 * index + 1)
      sums.2 += term(4 * index + 2)
      sums.3 += term(4 * index + 3)
    }
    for index in (count / 4 * 4)..<count { sums.0 += term(index) }
    return sums.0 + sums.1 + sums.2 + sums.3
  }
}

extension Double {
  /// An integer that is ordered as the number is.
  fileprivate var orderKey: Int64 {
    let bits = Int64(bitPattern: bitPattern)
    return bits ^ (bits >> 63 & .max)
  }

  fileprivate init(orderKey key: Int64) { self.init(bitPattern: UInt64(bitPattern: key ^ (key >> 63 & .max))) }
}

extension UInt64 {
  /// The bits of a double but for its sign.
  fileprivate static var magnitude: UInt64 { 0x7FFF_FFFF_FFFF_FFFF }
}
