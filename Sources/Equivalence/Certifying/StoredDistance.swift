import Tensors

/// How far the stored elements of one tensor are from the exact ones.
public struct StoredDistance: Codable, Equatable, Sendable {
  /// Elements side by side.
  public struct Run: Codable, Equatable, Sendable {
    public var first: Int
    public var count: Int

    public init(first: Int, count: Int) {
      self.first = first
      self.count = count
    }
  }

  /// The most runs that are listed.
  static let longestList = 100_000

  /// The tensor's name in the candidate.
  public var tensor: String
  public var type: String
  public var elements = 0
  /// The largest distance in units in the last place, which of integers is a step of their scale; nil where one is
  /// infinite.
  public var maxUlp: Double? = 0
  public var histogram = UlpHistogram()
  /// How many elements are farther off than one unit.
  public var beyondOne = 0
  /// How many elements are farther off than what was allowed.
  public var beyondLimit = 0
  /// The elements farther off than both, in row-major order.
  public var named: [Run] = []

  public init(tensor: String, type: String) {
    self.tensor = tensor
    self.type = type
  }

  /// What the last places are called.
  public var unit: String { ElementType(rawValue: type)?.isReal == false ? "steps" : "ulp" }

  /// Takes in the next element.
  ///
  /// - Parameter counting: What a limit above one unit applies to, where that is another number.
  mutating func add(_ ulps: Double, counting: Double? = nil, limit: Double) {
    // A limit of one unit is this program's own, and means each element by itself.
    let isBeyondLimit = !((limit > 1 ? counting ?? ulps : ulps) <= limit)
    if !(ulps <= 1) {
      beyondOne += 1
      if isBeyondLimit || limit <= 1 { name(elements) }
    }
    if isBeyondLimit { beyondLimit += 1 }
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

  private mutating func name(_ element: Int) {
    if let last = named.last, last.first + last.count == element {
      named[named.count - 1].count += 1
    } else if named.count < Self.longestList {
      named.append(Run(first: element, count: 1))
    }
  }
}
