import CONNXSchema
package import ProtobufIO

/// One file of ONNX's messages in memory, its payloads in their files.
///
/// Views of its parts keep it alive. It is edited in place and belongs to one thread.
@safe
package class ONNXFile {
  /// The fields in which tensors keep nearly all bytes of a file: `raw_data`, `float_data` and `double_data`.
  static let payloads: [String: Set<Int>] = ["onnx.TensorProto": [9, 4, 10]]

  package let tree: MessageTree

  private var madeTensors: Set<UnsafeMutablePointer<Onnx__TensorProto>> = unsafe []

  init(tree: MessageTree) { self.tree = tree }

  /// The file as the caller named it.
  package var path: FilePath { tree.source.path }

  /// The dense tensors that a sparse one is made of.
  func tensors(of sparse: UnsafeMutablePointer<Onnx__SparseTensorProto>) -> [TensorView] {
    unsafe [sparse.pointee.values, sparse.pointee.indices].compactMap { tensor in
      unsafe tensor.map { unsafe TensorView(document: self, pointer: $0) }
    }
  }

  func noteMade(_ tensor: TensorView) { unsafe madeTensors.insert(tensor.pointer) }

  func isNew(_ tensor: TensorView) -> Bool { unsafe madeTensors.contains(tensor.pointer) }

  /// An error that says what is wrong with this file.
  package func failure(_ text: String) -> ModelFileError {
    ModelFileError(.malformed, path: path, text)
  }
}
