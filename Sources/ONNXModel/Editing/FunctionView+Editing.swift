import CONNXSchema
package import ProtobufIO

extension FunctionView {
  /// Replaces the nodes.
  package func setNodes(_ nodes: [NodeView]) throws(ModelFileError) {
    (unsafe pointer.pointee.node, unsafe pointer.pointee.n_node) =
      try unsafe document.list(nodes.map { unsafe $0.pointer })
  }

  /// Replaces the names of what it is called with.
  package func setInputs(_ names: [Name]) throws(ModelFileError) {
    unsafe pointer.pointee.input = try document.strings(names)
    unsafe pointer.pointee.n_input = names.count
  }

  /// Replaces the names of what it hands out.
  package func setOutputs(_ names: [Name]) throws(ModelFileError) {
    unsafe pointer.pointee.output = try document.strings(names)
    unsafe pointer.pointee.n_output = names.count
  }
}
