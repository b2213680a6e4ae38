/// A horizontal axis of whole numbers: places along the depth, or folds.
struct CountAxis {
  private let left: Double
  private let right: Double
  private let first: Int
  private let last: Int
  private let padding: Double

  /// - Parameters:
  ///   - range: The numbers that are shown.
  ///   - padding: What is kept free at either end.
  init(_ range: ClosedRange<Int>, left: Double, right: Double, padding: Double = 0) {
    self.left = left
    self.right = right
    self.padding = min(padding, (right - left) / 4)
    first = range.lowerBound
    last = range.upperBound
  }

  /// Where a number is; a single one is in the middle.
  func x(_ value: Int) -> Double {
    guard last > first else { return (left + right) / 2 }
    let share = Double(value - first) / Double(last - first)
    return left + padding + share * (right - left - 2 * padding)
  }

  /// The distance from one number to the next.
  var step: Double { last > first ? (right - left - 2 * padding) / Double(last - first) : right - left }

  /// Round numbers, no nearer to each other than `spacing`.
  func ticks(spacing: Double) -> [Int] {
    let steps = [1, 2, 5].flatMap { digit in stride(from: 0, to: 16, by: 1).map { digit * Self.power($0) } }.sorted()
    guard last > first, let step = steps.first(where: { Double($0) * self.step >= spacing }) else { return [first] }
    var ticks = Array(stride(from: (first + step - 1) / step * step, through: last, by: step))
    // The first number is shown where its neighbour leaves room.
    if let next = ticks.first, next > first, Double(next - first) * self.step >= spacing { ticks.insert(first, at: 0) }
    return ticks.isEmpty ? [first] : ticks
  }

  private static func power(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * 10 } }
}
