/// A shape, a kind of element, and the elements in row-major order.
public struct Tensor: Sendable {
  /// The sizes of the axes; none for a scalar.
  public let shape: [Int]

  public let kind: ElementKind

  public let elements: Elements

  /// - Precondition: There are as many elements as the shape says, and they are stored as their kind is.
  public init(shape: [Int], kind: ElementKind, elements: Elements) {
    precondition(elements.count == shape.reduce(1, *), "a tensor must hold what its shape says")
    precondition(elements.canHold(kind), "a tensor's elements must be of its kind")
    self.shape = shape
    self.kind = kind
    self.elements = elements
  }

  /// A tensor of `float32`.
  public init(shape: [Int], _ elements: [Float]) {
    self.init(shape: shape, kind: .float32, elements: .float32(elements))
  }

  /// A tensor of `int64`.
  public init(shape: [Int], _ elements: [Int64]) {
    self.init(shape: shape, kind: .int64, elements: .integer(elements))
  }

  public var rank: Int { shape.count }
  public var count: Int { elements.count }
}
