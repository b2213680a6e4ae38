package import ModelGraph
package import ProtobufIO

extension AttributeView: NodeAttribute {
  package var tensor: (any StoredTensor)? { tensorView }

  package var sparseTensor: (any StoredTensor)? { sparseTensorView }

  package func statesSame(as other: any NodeAttribute) throws(ModelFileError) -> Bool {
    guard let other = other as? AttributeView else { return false }
    return try statesSame(as: other)
  }
}
