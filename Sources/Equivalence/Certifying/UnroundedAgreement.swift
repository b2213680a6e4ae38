/// How far the candidate with exact instead of stored parameters is from the original, both in float64.
///
/// What is left is the rounding of float64 itself, so a limit needs no yardstick.
public struct UnroundedAgreement: Codable, Equatable, Sendable {
  /// What a value may be off by, as a share of its range.
  public static let limit = 1e-10

  /// How many values were compared.
  public var values = 0
  /// The largest error as a share of its value's range; nil where one is infinite.
  public var worst: Double? = 0
  public var worstValue = ""

  public init() {}

  public var isWithinLimit: Bool { (worst ?? .infinity) <= Self.limit }
}

extension UnroundedAgreement {
  /// Takes in one value.
  mutating func add(_ name: String, _ share: Double) {
    values += 1
    guard let most = worst, !(share <= most) else { return }
    worst = share.isFinite ? share : nil
    worstValue = name
  }
}
