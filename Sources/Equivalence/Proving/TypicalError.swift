/// What values may be expected to be off by, from those before them.
///
/// A value of few elements has a few errors only, which may all happen to be small.
struct TypicalError {
  /// How many values, the last one among them, tell what it may be off by.
  private static let count = 9

  /// Whether channels that are constant, and so have one error each, are judged by the largest of them all.
  let poolsConstants: Bool
  private var recent: [Double] = []

  init(poolsConstants: Bool) { self.poolsConstants = poolsConstants }

  /// The yardstick of each channel of the next value.
  ///
  /// - Parameters:
  ///   - scales: Of each of its channels.
  ///   - margin: How many times its errors the original might have had.
  mutating func yardsticks(of measurement: DriftMeasurement, scales: [Double], margin: Double = 1) -> [Double] {
    let own = measurement.relativeError(scales: scales)
    if let own { recent = recent.suffix(Self.count - 1) + [own] }
    let expected = measurement.isTelling ? own : recent.max()
    let pooled = poolsConstants && measurement.isConstant ? scales.map { _ in scales.max() ?? 0 } : scales
    return measurement.yardsticks(expecting: expected ?? 0, scales: pooled).map { margin * $0 }
  }
}
