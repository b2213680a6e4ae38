/// How far a fused operator is from the operator and the maps that it replaces, on the same activations.
public struct FoldDrift: Codable, Equatable, Sendable {
  /// Where the activations come from.
  public enum Activations: String, Codable, Sendable {
    /// They are the original's, in the run of the whole model.
    case run
    /// The run did not get there.
    case seeded
  }

  public var activations: Activations
  public var drift: ValueDrift

  public init(_ activations: Activations, _ drift: ValueDrift) {
    self.activations = activations
    self.drift = drift
  }
}
