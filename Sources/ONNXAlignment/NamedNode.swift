import ModelGraph
import ProtobufIO
import Tensors

/// A node of a graph, with the names of what it reads and makes.
struct NamedNode {
  let model: NamedGraph
  let id: OperatorID

  var name: Name { model.graph[id].name }
  var operatorType: String { model.graph[id].operatorType }
  var domain: Name { model.graph[id].domain }
  var overload: Name { model.graph[id].overload }

  /// Empty for what is left out.
  var inputs: [Name] { model.names(of: model.graph[id].inputs) }
  var outputs: [Name] { model.names(of: model.graph[id].outputs) }

  var attributes: [any NodeAttribute] { model.graph[id].attributes }
  func attribute(_ name: Name) -> (any NodeAttribute)? { model.graph[id].attribute(name) }

  /// The graphs that it runs.
  var bodies: [Graph.Body] { model.graph[id].bodies }
}
