import CONNXSchema

extension ONNXDocument {
  /// Every tensor that the model holds, in the order of a walk over it: initializers, sparse ones, tensors in
  /// attributes, those of subgraphs, functions and training.
  ///
  /// - Complexity: O(parts of the model).
  package func allTensors() -> [TensorView] {
    var walk = TensorWalk(document: self)
    unsafe walk.visit(graph.pointer)
    for function in functions {
      for unsafenode in unsafe messages(function.pointer.pointee.node, function.pointer.pointee.n_node) {
        unsafe walk.visit(node)
      }
      let defaults = unsafe messages(
        function.pointer.pointee.attribute_proto, function.pointer.pointee.n_attribute_proto)
      for unsafeattribute in unsafe defaults { unsafe walk.visit(attribute) }
    }
    for graph in trainingGraphs { unsafe walk.visit(graph.pointer) }
    return walk.tensors
  }
}

extension ONNXDocument {
  /// The initializers of the graph and of all its subgraphs.
  package func allInitializers() -> [TensorView] {
    func visit(_ graph: GraphView) -> [TensorView] {
      graph.initializers
        + graph.nodes.flatMap { node in node.attributes.flatMap { $0.graphs.flatMap(visit) } }
    }
    return visit(graph)
  }
}

/// Collects tensors; the reader has bounded the depth.
private struct TensorWalk {
  let document: ONNXDocument
  var tensors: [TensorView] = []

  mutating func visit(_ graph: UnsafeMutablePointer<Onnx__GraphProto>) {
    for unsafetensor in unsafe messages(graph.pointee.initializer, graph.pointee.n_initializer) {
      unsafe add(tensor)
    }
    let sparse = unsafe messages(graph.pointee.sparse_initializer, graph.pointee.n_sparse_initializer)
    for unsafetensor in unsafe sparse { unsafe visit(tensor) }
    for unsafenode in unsafe messages(graph.pointee.node, graph.pointee.n_node) { unsafe visit(node) }
  }

  mutating func visit(_ node: UnsafeMutablePointer<Onnx__NodeProto>) {
    for unsafeattribute in unsafe messages(node.pointee.attribute, node.pointee.n_attribute) {
      unsafe visit(attribute)
    }
  }

  mutating func visit(_ attribute: UnsafeMutablePointer<Onnx__AttributeProto>) {
    if let tensor = unsafe attribute.pointee.t { unsafe add(tensor) }
    for unsafetensor in unsafe messages(attribute.pointee.tensors, attribute.pointee.n_tensors) {
      unsafe add(tensor)
    }
    if let tensor = unsafe attribute.pointee.sparse_tensor { unsafe visit(tensor) }
    for unsafetensor in unsafe messages(attribute.pointee.sparse_tensors, attribute.pointee.n_sparse_tensors) {
      unsafe visit(tensor)
    }
    if let graph = unsafe attribute.pointee.g { unsafe visit(graph) }
    for unsafegraph in unsafe messages(attribute.pointee.graphs, attribute.pointee.n_graphs) {
      unsafe visit(graph)
    }
  }

  private mutating func visit(_ sparse: UnsafeMutablePointer<Onnx__SparseTensorProto>) {
    if let values = unsafe sparse.pointee.values { unsafe add(values) }
    if let indices = unsafe sparse.pointee.indices { unsafe add(indices) }
  }

  private mutating func add(_ tensor: UnsafeMutablePointer<Onnx__TensorProto>) {
    unsafe tensors.append(TensorView(document: document, pointer: tensor))
  }
}
