/// What values may be expected to be off by, from those before them.
///
/// A value of few elements has a few errors only, which may all happen to be small.
struct TypicalError {
  /// How many values, the last one among them, tell what it may be off by.
  private static let count = 9

  private var recent: [Double] = []

  /// The yardstick of each channel of the next value.
  ///
  /// - Parameter scales: Of each of its channels.
  mutating func yardsticks(of measurement: DriftMeasurement, scales: [Double]) -> [Double] {
    let own = measurement.relativeError(scales: scales)
    if let own { recent = recent.suffix(Self.count - 1) + [own] }
    let expected = measurement.isTelling ? own : recent.max()
    return measurement.yardsticks(expecting: expected ?? 0, scales: scales)
  }
}
