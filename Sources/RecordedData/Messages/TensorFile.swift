package import CONNXSchema
package import ProtobufIO

/// One file of messages that hold tensors as ONNX stores them, in memory, its payloads in their files.
///
/// Views of its parts keep it alive. It belongs to one thread.
@safe
open class TensorFile {
  /// The fields in which tensors keep nearly all bytes of a file: `raw_data`, `float_data` and `double_data`.
  package static let payloads: [String: Set<Int>] = ["onnx.TensorProto": [9, 4, 10]]

  package let tree: MessageTree

  /// The file of whose parts this one is made; nil for one that was read.
  private let original: TensorFile?

  private var madeTensors: Set<UnsafeMutablePointer<Onnx__TensorProto>> = unsafe []

  package init(tree: MessageTree, original: TensorFile? = nil) { (self.tree, self.original) = (tree, original) }

  /// The file as the caller named it.
  package var path: FilePath { tree.source.path }

  /// The dense tensors that a sparse one is made of.
  package func tensors(of sparse: UnsafeMutablePointer<Onnx__SparseTensorProto>) -> [TensorView] {
    unsafe [sparse.pointee.values, sparse.pointee.indices].compactMap { tensor in
      unsafe tensor.map { unsafe TensorView(document: self, pointer: $0) }
    }
  }

  package func noteMade(_ tensor: TensorView) { unsafe madeTensors.insert(tensor.pointer) }

  package func isNew(_ tensor: TensorView) -> Bool {
    unsafe madeTensors.contains(tensor.pointer) || original?.isNew(tensor) == true
  }

  /// An error that says what is wrong with this file.
  package func failure(_ text: String) -> ModelFileError {
    ModelFileError(.malformed, path: path, text)
  }
}

/// The messages of a repeated field.
@inlinable
package func messages<Message>(
  _ start: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int
) -> [UnsafeMutablePointer<Message>] {
  unsafe UnsafeBufferPointer(start: start, count: count).compactMap { unsafe $0 }
}
