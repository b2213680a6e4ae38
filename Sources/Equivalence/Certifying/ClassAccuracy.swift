/// How often the largest score of an output is the one that a label names.
public struct ClassAccuracy: Codable, Equatable, Sendable {
  public var output: String
  public var precision: Precision
  public var samples: Int
  public var originalRight: Int
  public var candidateRight: Int
  /// For how many samples both models choose the same class.
  public var agree: Int
}
