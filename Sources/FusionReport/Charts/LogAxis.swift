/// A vertical axis of powers of ten, with a lane of its own below for zeros and one above for what is infinite.
struct LogAxis {
  struct Tick: Equatable {
    var y: Double
    var label: String
    /// Whether it stands for a lane rather than a number.
    var isLane = false
  }

  /// What a lane takes.
  static let laneHeight = 28.0

  /// A round number; it may lie beyond the numbers that there are.
  private struct Round {
    /// 1, 2 or 5.
    var digit: Int
    var exponent: Int

    var logarithm: Double { Logarithm.decimal(Double(digit)) + Double(exponent) }

    /// Whether it is short when written out.
    var isShort: Bool { (-3...3).contains(exponent) }

    func label(writtenOut isWrittenOut: Bool) -> String {
      if isWrittenOut || (-1...1).contains(exponent) {
        return NumberText.short(Double(digit) * Logarithm.power(exponent))
      }
      return (digit == 1 ? "" : "\(digit)·") + "10" + NumberText.superscript(exponent)
    }
  }

  private let top: Double
  private let bottom: Double
  private let least: Double
  private let greatest: Double
  private let rounds: [Round]
  let hasZeros: Bool
  let hasInfinities: Bool

  /// - Parameters:
  ///   - values: All that is to be shown; NaN counts as infinite.
  ///   - top: Where the axis ends.
  ///   - bottom: Where it starts.
  ///   - spacing: The least distance between two labels.
  init(_ values: some Sequence<Double>, top: Double, bottom: Double, spacing: Double = 30) {
    var (low, high) = (Double.infinity, 0.0)
    var (zeros, infinities) = (false, false)
    for value in values {
      if !value.isFinite {
        infinities = true
      } else if value <= 0 {
        zeros = true
      } else {
        (low, high) = (min(low, value), max(high, value))
      }
    }
    if low > high { (low, high) = (1, 1) }
    hasZeros = zeros
    hasInfinities = infinities
    self.top = top + (infinities ? Self.laneHeight : 0)
    self.bottom = bottom - (zeros ? Self.laneHeight : 0)
    let (first, last) = (Logarithm.decimal(low), Logarithm.decimal(high))
    let most = max(Int((self.bottom - self.top) / spacing), 2)
    if last - first < 2 {
      rounds = Self.fineTicks(first, last)
    } else {
      rounds = Self.decades(Int(first.rounded(.down)), Int(last.rounded(.up)), most)
    }
    least = rounds.first?.logarithm ?? 0
    greatest = rounds.last?.logarithm ?? 1
  }

  /// Where a number is.
  func y(_ value: Double) -> Double {
    guard value.isFinite else { return top - Self.laneHeight + 8 }
    guard value > 0 else { return bottom + Self.laneHeight - 8 }
    return place(of: Logarithm.decimal(value))
  }

  private func place(of logarithm: Double) -> Double {
    let share = (logarithm - least) / (greatest - least)
    return bottom - min(max(share, 0), 1) * (bottom - top)
  }

  /// From the bottom to the top.
  var ticks: [Tick] {
    let areShort = rounds.allSatisfy(\.isShort)
    return (hasZeros ? [Tick(y: y(0), label: "0", isLane: true)] : [])
      + rounds.map { Tick(y: place(of: $0.logarithm), label: $0.label(writtenOut: areShort)) }
      + (hasInfinities ? [Tick(y: y(.infinity), label: "∞", isLane: true)] : [])
  }

  /// 1, 2 and 5 times the powers of ten from below the least to above the greatest.
  private static func fineTicks(_ low: Double, _ high: Double) -> [Round] {
    let start = Int(low.rounded(.down)) - 1
    let steps = (start...(start + 5)).flatMap { power in [1, 2, 5].map { Round(digit: $0, exponent: power) } }
    // A number that is round itself is a tick.
    let first = steps.lastIndex { $0.logarithm <= low + 1e-9 } ?? 0
    let last = steps.firstIndex { $0.logarithm >= high - 1e-9 } ?? steps.count - 1
    return Array(steps[(first == last ? max(first - 1, 0) : first)...(first == last ? last + 1 : last)])
  }

  /// Powers of ten, every one or every second, fifth …, so that at most `most` are labelled.
  private static func decades(_ first: Int, _ last: Int, _ most: Int) -> [Round] {
    let step = [1, 2, 3, 5, 10, 20, 50, 100, 200].first { (last - first + $0 - 1) / $0 < most } ?? 400
    let start = Int((Double(first) / Double(step)).rounded(.down)) * step
    let end = Int((Double(last) / Double(step)).rounded(.up)) * step
    return stride(from: start, through: end, by: step).map { Round(digit: 1, exponent: $0) }
  }
}
