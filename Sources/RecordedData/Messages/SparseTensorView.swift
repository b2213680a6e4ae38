package import CONNXSchema

/// A stored tensor of which only some elements are listed; the others are 0.
@safe
package struct SparseTensorView {
  package let document: TensorFile
  package let pointer: UnsafeMutablePointer<Onnx__SparseTensorProto>

  package init(document: TensorFile, pointer: UnsafeMutablePointer<Onnx__SparseTensorProto>) {
    self.document = document
    unsafe self.pointer = pointer
  }

  /// The elements that are listed, `[count]`; its name is the tensor's.
  package var values: TensorView? {
    unsafe pointer.pointee.values.map { unsafe TensorView(document: document, pointer: $0) }
  }

  /// Their places: `[count]` in row-major order, or `[count, rank]`.
  package var indices: TensorView? {
    unsafe pointer.pointee.indices.map { unsafe TensorView(document: document, pointer: $0) }
  }

  package var shape: [Int] {
    unsafe UnsafeBufferPointer(start: pointer.pointee.dims, count: pointer.pointee.n_dims).map { Int($0) }
  }
}
