import CONNXSchema
package import ProtobufIO
import RecordedData

extension FunctionView {
  /// Replaces the nodes.
  package func setNodes(_ nodes: [NodeView]) throws(ModelFileError) {
    (unsafe pointer.pointee.node, unsafe pointer.pointee.n_node) =
      try unsafe document.list(nodes.map { unsafe $0.pointer })
  }

  /// Calls what it is called with by another name.
  ///
  /// - Precondition: The function has the input.
  package func setInput(_ index: Int, to name: Name) throws(ModelFileError) {
    var all = inputs
    all[index] = name
    unsafe pointer.pointee.input = try document.strings(all)
  }

  /// Hands another value out.
  ///
  /// - Precondition: The function has the output.
  package func setOutput(_ index: Int, to name: Name) throws(ModelFileError) {
    var all = outputs
    all[index] = name
    unsafe pointer.pointee.output = try document.strings(all)
  }
}
