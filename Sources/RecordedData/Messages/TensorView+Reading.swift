package import ProtobufIO
package import Tensors

extension TensorView {
  /// The stored elements, widened to what a run computes in.
  ///
  /// - Throws: `ModelFileError` where they cannot be read or are not stored as their type asks; `ComputationFailure` for a
  ///   type that is not known; `EvaluationError` where the run has no memory for them.
  /// - Complexity: O(elements).
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func read<S: TensorScalar>(as scalar: S.Type) throws -> Tensor {
    guard let type = elementType.element, let count = shape.elementCount, !isSegment else {
      throw ComputationFailure("a tensor of \(elementType.name) is not supported")
    }
    try checkLength()
    try Ledger.current?.budget.check(bytes: count.multipliedClamped(by: 8))
    if type == .string { return try Tensor(shape: shape, kind: type, elements: .text(strings)) }
    guard let content = elementBytes else {
      throw document.failure("\(title): elements of \(elementType.name) are not stored as their type asks")
    }
    // In its typed field an element of 6 bits has a byte of its own.
    let width = type.bitWidth == 6 && !hasRawData ? 8 : type.bitWidth
    return try Tensor.read(shape, type, from: content, width: width, as: scalar)
  }
}

extension SparseTensorView {
  /// The tensor with all its elements.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func read<S: TensorScalar>(as scalar: S.Type) throws -> Tensor {
    guard let values = try values?.read(as: scalar), let indices = try indices?.read(as: scalar),
      case .integer(let places) = indices.elements, let count = shape.elementCount
    else { throw ComputationFailure("a sparse tensor has no values or no indices") }
    let strides = Shape.strides(of: shape)
    // One index for each element, or one for each of its axes.
    let sizes = indices.rank == 1 ? [count] : shape
    guard places.count == values.count * sizes.count,
      places.indices.allSatisfy({ 0 <= places[$0] && places[$0] < sizes[$0 % sizes.count] })
    else { throw ComputationFailure("a sparse tensor's indices lie outside its shape \(shape)") }
    let targets: [Int] =
      indices.rank == 1
      ? places.map { Int($0) }
      : (0..<values.count).map { row in
        strides.indices.reduce(0) { $0 + Int(places[row * strides.count + $1]) * strides[$1] }
      }
    return try Tensor.filled(shape, like: values).scattered(values, to: targets)
  }
}

extension PayloadContent: ElementSource {}
