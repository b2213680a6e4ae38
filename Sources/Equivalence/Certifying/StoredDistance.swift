/// How far the stored elements of one tensor are from the exact ones.
public struct StoredDistance: Codable, Equatable, Sendable {
  /// Elements side by side.
  public struct Run: Codable, Equatable, Sendable {
    public var first: Int
    public var count: Int
  }

  /// The most runs that are listed.
  static let longestList = 1000

  /// The tensor's name in the candidate.
  public var tensor: String
  public var type: String
  public var elements = 0
  /// The largest distance in units in the last place; nil where one is infinite.
  public var maxUlp: Double? = 0
  public var histogram = UlpHistogram()
  /// How many elements are farther off than one unit, and where they are, in row-major order.
  public var beyondOne = 0
  public var runsBeyondOne: [Run] = []
  /// How many elements are farther off than what was allowed.
  public var beyondLimit = 0

  public init(tensor: String, type: String) {
    self.tensor = tensor
    self.type = type
  }

  /// Takes in the next element.
  ///
  /// - Parameter counting: What the limit applies to, where that is another number.
  mutating func add(_ ulps: Double, counting: Double? = nil, limit: Double) {
    if !(ulps <= 1) {
      if let last = runsBeyondOne.last, last.first + last.count == elements {
        runsBeyondOne[runsBeyondOne.count - 1].count += 1
      } else if runsBeyondOne.count < Self.longestList {
        runsBeyondOne.append(Run(first: elements, count: 1))
      }
      beyondOne += 1
    }
    if !(counting ?? ulps <= limit) { beyondLimit += 1 }
    histogram.add(ulps)
    maxUlp = maxUlp.flatMap { ulps.isFinite ? max($0, ulps) : nil }
    elements += 1
  }

  /// Takes in elements of which each is within half a unit.
  ///
  /// - Parameter counts: Of the histogram's first bins.
  mutating func add(rounded counts: [Int], largest: Double) {
    for (bin, count) in counts.enumerated() {
      histogram.counts[bin] += count
      elements += count
    }
    maxUlp = maxUlp.map { max($0, largest) }
  }
}
