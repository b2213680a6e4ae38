/// What comparing two models' structure and stored numbers showed, without running anything.
public struct Certification: Codable, Equatable, Sendable {
  /// Something that is neither the same in both models nor a recovered fold.
  public struct Change: Codable, Equatable, Sendable {
    /// The value, as the original names it.
    public var name: String
    /// The path of the graph that it is in.
    public var graph: String
    /// What is different.
    public var text: String

    public init(name: String, graph: String, text: String) {
      self.name = name
      self.graph = graph
      self.text = text
    }
  }

  /// How many units in the last place a stored element of a fold may be off.
  public var limit: Double
  public var folds: [FoldCertificate] = []
  public var changes: [Change] = []
  /// How many nodes are the same in both.
  public var sameNodes = 0

  public init(limit: Double) { self.limit = limit }

  /// Whether both models are the same but for recovered folds.
  public var isSameElsewhere: Bool { changes.isEmpty }

  /// Whether a stored element of a fold is infinitely far off, as where it overflowed.
  public var storesInfinity: Bool {
    folds.contains { $0.weight.maxUlp == nil || ($0.bias.map { $0.maxUlp == nil } ?? false) }
  }
}
