import ModelGraph
import ONNXModel
import RecordedData

/// The format's own tensors, as its graph holds no others.
extension NodeAttribute {
  var storedTensor: TensorView? { tensor as? TensorView }

  var storedSparseTensor: SparseTensorView? { sparseTensor as? SparseTensorView }
}
