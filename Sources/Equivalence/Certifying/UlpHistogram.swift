/// How many stored elements are how far from the exact ones, in units in the last place.
public struct UlpHistogram: Codable, Equatable, Sendable {
  /// The upper bounds of all bins but the last, which holds the rest.
  public static let bounds = [0, 0.125, 0.25, 0.375, 0.5, 1, 2, 4, 16, 256]

  /// One for each bound, and one for all beyond.
  public var counts: [Int]

  public init() { counts = Array(repeating: 0, count: Self.bounds.count + 1) }

  /// Counts one element.
  public mutating func add(_ ulps: Double) {
    // Half a unit is what rounding may cost; most are there.
    let eighths = ulps <= 0.5 ? Int((ulps * 8).rounded(.up)) : -1
    let bin = eighths >= 0 ? eighths : Self.bounds.firstIndex { ulps <= $0 } ?? Self.bounds.count
    counts[bin] += 1
  }
}
