/// A shape, a kind of element, and the elements in row-major order.
public struct Tensor: Sendable {
  /// The sizes of the axes; none for a scalar.
  public let shape: [Int]

  public let kind: ElementType

  public let elements: Elements

  /// What the elements count as held in the run that made them; nil outside of a run.
  private let lease: MemoryLease?

  /// - Throws: `EvaluationError` where there are not as many elements as the shape says, or they are not stored as their
  ///   kind is, or the run that makes the tensor has no memory left for it.
  public init(shape: [Int], kind: ElementType, elements: Elements) throws(EvaluationError) {
    try Self.check(shape, kind, elements)
    self.shape = shape
    self.kind = kind
    self.elements = elements
    lease =
      if let ledger = Ledger.current { try MemoryLease(bytes: elements.byteCount, of: ledger.budget) } else { nil }
  }

  /// The elements of another tensor, whose memory both share, in another shape.
  ///
  /// - Throws: `EvaluationError` where there are not as many elements as the shape says.
  package init(shape: [Int], sharing other: Tensor) throws(EvaluationError) {
    try Self.check(shape, other.kind, other.elements)
    self.shape = shape
    (kind, elements, lease) = (other.kind, other.elements, other.lease)
  }

  private static func check(_ shape: [Int], _ kind: ElementType, _ elements: Elements) throws(EvaluationError) {
    var count = 1
    for size in shape where size != 0 { count = size < 0 ? .max : count.multipliedClamped(by: size) }
    if shape.contains(0), count < .max { count = 0 }
    guard count == elements.count else {
      throw EvaluationError(.unsuitableTensor, "a tensor of shape \(shape) cannot hold \(elements.count) elements")
    }
    guard elements.canHold(kind) else {
      throw EvaluationError(.unsuitableTensor, "a tensor of \(kind.rawValue) cannot hold \(elements.title)")
    }
  }

  /// A tensor of `float32`.
  public init(shape: [Int], _ elements: [Float]) throws(EvaluationError) {
    try self.init(shape: shape, kind: .float32, elements: .float32(elements))
  }

  /// A tensor of `int64`.
  public init(shape: [Int], _ elements: [Int64]) throws(EvaluationError) {
    try self.init(shape: shape, kind: .int64, elements: .integer(elements))
  }

  public var rank: Int { shape.count }
  public var count: Int { elements.count }
}
