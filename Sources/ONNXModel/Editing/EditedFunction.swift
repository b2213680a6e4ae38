import CONNXSchema
package import ProtobufIO
import RecordedData

/// A function of the document that an editor makes.
@safe
package struct EditedFunction {
  let editor: DocumentEditor
  let pointer: UnsafeMutablePointer<Onnx__FunctionProto>

  package var view: FunctionView { unsafe FunctionView(document: editor.document, pointer: pointer) }

  /// Replaces the nodes, of which each may be the original's or one that is made.
  package func setNodes(_ nodes: [NodeView]) throws(ModelFileError) {
    (unsafe pointer.pointee.node, unsafe pointer.pointee.n_node) =
      try unsafe editor.list(nodes.map { unsafe $0.pointer })
  }

  /// Calls what it is called with by another name.
  ///
  /// - Precondition: The function has the input.
  package func setInput(_ index: Int, to name: Name) throws(ModelFileError) {
    precondition(unsafe index < pointer.pointee.n_input, "a function must have the input that is renamed")
    (unsafe pointer.pointee.input, unsafe pointer.pointee.n_input) = try unsafe editor.strings(
      pointer.pointee.input, pointer.pointee.n_input, replacing: index, by: name)
  }

  /// Hands another value out.
  ///
  /// - Precondition: The function has the output.
  package func setOutput(_ index: Int, to name: Name) throws(ModelFileError) {
    precondition(unsafe index < pointer.pointee.n_output, "a function must have the output that is renamed")
    (unsafe pointer.pointee.output, unsafe pointer.pointee.n_output) = try unsafe editor.strings(
      pointer.pointee.output, pointer.pointee.n_output, replacing: index, by: name)
  }
}
