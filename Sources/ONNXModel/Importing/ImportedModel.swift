package import ModelGraph
import ProtobufIO

/// A model's graph, with where in the file its scopes stand.
package struct ImportedModel {
  /// What a scope was read from.
  package enum Origin {
    case graph(GraphView)
    case function(FunctionView)
  }

  package let document: ONNXDocument
  package let graph: Graph

  /// Indexed like the graph's scopes.
  package let origins: [Origin]

  /// The node that a node of the graph was read from.
  package func view(of node: Graph.Node) -> NodeView {
    switch origins[node.scope] {
    case .graph(let graph): graph.node(at: node.index)
    case .function(let function): function.node(at: node.index)
    }
  }
}
