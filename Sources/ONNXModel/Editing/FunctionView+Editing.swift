import CONNXSchema
package import ProtobufIO

extension FunctionView {
  /// Replaces the nodes.
  package func setNodes(_ nodes: [NodeView]) throws(ModelFileError) {
    (unsafe pointer.pointee.node, unsafe pointer.pointee.n_node) =
      try unsafe document.list(nodes.map { unsafe $0.pointer })
  }
}
