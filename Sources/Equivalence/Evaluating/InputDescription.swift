public import Tensors

/// What a model says of one of its inputs.
public struct InputDescription: Sendable {
  public let name: String

  /// nil where the model does not say, or where the input is no tensor.
  public let kind: ElementType?

  /// The sizes of the axes, nil where one is symbolic; nil as a whole where not even the rank is known.
  public let shape: [Int?]?

  /// Whether the model holds a value for it.
  public let hasDefault: Bool

  public init(name: String, kind: ElementType?, shape: [Int?]?, hasDefault: Bool) {
    self.name = name
    self.kind = kind
    self.shape = shape
    self.hasDefault = hasDefault
  }
}
