extension Tensor {
  /// The same elements in another shape.
  package func reshaped(to shape: [Int]) throws -> Tensor { try Tensor(shape: shape, sharing: self) }

  /// The elements that a copy picks, in a shape of their own.
  package func copied(_ copy: StridedCopy, shape: [Int]) throws -> Tensor {
    let picked: Elements =
      switch elements {
      case .float32(let elements): .float32(copy.elements(of: elements))
      case .float64(let elements): .float64(copy.elements(of: elements))
      case .integer(let elements): .integer(copy.elements(of: elements))
      case .boolean(let elements): .boolean(copy.elements(of: elements))
      case .text(let elements): .text(copy.elements(of: elements))
      }
    return try Tensor(shape: shape, kind: kind, elements: picked)
  }

  /// The tensor with its axes in another order.
  package func transposed(by order: [Int]) throws -> Tensor {
    try order.elementsEqual(shape.indices)
      ? self : copied(.transposition(of: shape, by: order), shape: order.map { shape[$0] })
  }

  /// The tensor repeated along axes of size 1.
  package func expanded(to target: [Int]) throws -> Tensor {
    try target == shape ? self : copied(.expansion(of: shape, to: target), shape: target)
  }
}
