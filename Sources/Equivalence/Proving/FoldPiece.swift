public import Tensors

/// The part of two models that a fold changed: from one activation to one value.
public struct FoldPiece: Equatable, Sendable {
  public var originalActivation: String
  public var candidateActivation: String
  public var originalValue: String
  public var candidateValue: String
  public var kind: ElementType
  /// A shape that the activation may have, for where none is known from a run.
  public var likelyShape: [Int]

  public init(
    originalActivation: String, candidateActivation: String, originalValue: String, candidateValue: String,
    kind: ElementType, likelyShape: [Int]
  ) {
    self.originalActivation = originalActivation
    self.candidateActivation = candidateActivation
    self.originalValue = originalValue
    self.candidateValue = candidateValue
    self.kind = kind
    self.likelyShape = likelyShape
  }
}
