package import ProtobufIO

extension TensorView {
  /// Whether two tensors have the same type, shape and elements, however they are stored.
  ///
  /// - Throws: `ModelFileError` where elements cannot be read.
  /// - Complexity: O(bytes).
  package func holdsSame(as other: TensorView) throws(ModelFileError) -> Bool {
    guard elementType == other.elementType, shape == other.shape, isSegment == other.isSegment else { return false }
    if elementType == .string { return strings == other.strings }
    guard let content = elementBytes, let second = other.elementBytes else { return false }
    return try content.holdsSame(as: second)
  }
}
