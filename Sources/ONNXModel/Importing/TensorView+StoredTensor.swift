package import ModelGraph
package import ProtobufIO
package import RecordedData
package import Tensors

extension TensorView: StoredTensor {
  package var element: ElementType? { elementType.element }

  package var place: TensorPlace { unsafe TensorPlace(address: UInt(bitPattern: pointer)) }

  package func holdsSame(as other: any StoredTensor) throws(ModelFileError) -> Bool {
    guard let other = other as? TensorView else { return false }
    return try holdsSame(as: other)
  }
}

extension SparseTensorView: StoredTensor {
  package var element: ElementType? { values?.elementType.element }

  package var byteCount: Int { (values?.byteCount ?? 0) + (indices?.byteCount ?? 0) }

  package var place: TensorPlace { unsafe TensorPlace(address: UInt(bitPattern: pointer)) }

  package func holdsSame(as other: any StoredTensor) throws(ModelFileError) -> Bool {
    guard let other = other as? SparseTensorView, shape == other.shape, let values, let otherValues = other.values,
      let indices, let otherIndices = other.indices
    else { return false }
    guard try values.holdsSame(as: otherValues) else { return false }
    return try indices.holdsSame(as: otherIndices)
  }
}
