package import ProtobufIO
package import Tensors

/// A tensor of a file, whose elements stay there until they are read.
package protocol StoredTensor {
  /// The type of its elements, nil for one that no network computes in.
  var element: ElementType? { get }

  /// The sizes of the axes, as the file states them.
  var shape: [Int] { get }

  /// The bytes that the elements take when they are packed; 0 where that is not known.
  var byteCount: Int { get }

  /// What tells it from every other tensor that is read at the same time.
  var place: TensorPlace { get }

  /// The elements, widened to what a run computes in.
  ///
  /// - Throws: `ModelFileError` where they cannot be read or are not stored as their type asks; `ComputationFailure` for
  ///   a type that is not known; `EvaluationError` where the run has no memory for them.
  /// - Complexity: O(elements).
  func read<S: TensorScalar>(as scalar: S.Type) throws -> Tensor

  /// Whether both hold the same elements in the same shape.
  ///
  /// - Complexity: O(bytes).
  func holdsSame(as other: any StoredTensor) throws(ModelFileError) -> Bool
}

extension StoredTensor {
  /// The number of elements that the shape asks for, nil for an impossible shape.
  package var elementCount: Int? { shape.elementCount }
}
