/// What values may be expected to be off by, from those before them.
///
/// A value of few elements has a few errors only, which may all happen to be small.
struct TypicalError {
  /// How many values, the last one among them, tell what it may be off by.
  private static let count = 9

  private var recent: [Double] = []

  /// The drift of the next value.
  ///
  /// - Parameters:
  ///   - scales: Of each of its channels.
  ///   - margin: How many times its errors the original might have had.
  mutating func concluded(_ measurement: DriftMeasurement, scales: [Double], margin: Double = 1) -> ValueDrift {
    let own = measurement.relativeError(scales: scales)
    if let own { recent = recent.suffix(Self.count - 1) + [own] }
    let expected = measurement.isTelling ? own : recent.max()
    // Constant channels have one error each, so all of them together tell what one may be off by.
    let all = measurement.isConstant ? scales.map { _ in scales.max() ?? 0 } : scales
    return measurement.concluded(expecting: expected ?? 0, scales: all, margin: margin)
  }
}
