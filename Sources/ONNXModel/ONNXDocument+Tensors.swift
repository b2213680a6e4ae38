package import RecordedData

extension ONNXDocument {
  /// Every tensor that the model holds, in the order of a walk over it: initializers, sparse ones, tensors in
  /// attributes, those of subgraphs, functions and training.
  ///
  /// - Complexity: O(parts of the model).
  package func allTensors() -> [TensorView] {
    var tensors: [TensorView] = []
    collect(from: graph, into: &tensors)
    for function in functions {
      for node in function.nodes { collect(from: node.attributes, into: &tensors) }
      collect(from: function.attributeDefaults, into: &tensors)
    }
    for graph in trainingGraphs { collect(from: graph, into: &tensors) }
    return tensors
  }

  /// The initializers of the graph and of all its subgraphs.
  package func allInitializers() -> [TensorView] {
    func visit(_ graph: GraphView) -> [TensorView] {
      graph.initializers + graph.nodes.flatMap { node in node.subgraphs.flatMap(visit) }
    }
    return visit(graph)
  }

  // The reader has bounded the depth of both walks.

  private func collect(from graph: GraphView, into tensors: inout [TensorView]) {
    tensors += graph.initializers + graph.sparseInitializerTensors
    for node in graph.nodes { collect(from: node.attributes, into: &tensors) }
  }

  private func collect(from attributes: [AttributeView], into tensors: inout [TensorView]) {
    for attribute in attributes {
      tensors += attribute.allTensors
      for graph in attribute.graphs { collect(from: graph, into: &tensors) }
    }
  }
}
