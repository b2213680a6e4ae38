import ModelGraph
import ProtobufIO
import Tensors

/// A graph whose parts are spoken of by their names, which candidates mostly keep.
final class NamedGraph {
  let graph: Graph

  init(_ graph: Graph) { self.graph = graph }

  func names(of values: [ValueID?]) -> [Name] { values.map { $0.map { graph[$0].name } ?? "" } }

  func nodes(of scope: Int) -> [NamedNode] { graph.scopes[scope].nodes.map { NamedNode(model: self, id: $0) } }

  func outputs(of scope: Int) -> [Name] { graph.scopes[scope].outputs.map { graph[$0.value].name } }

  /// All names that the nodes and outputs of a scope read, those of bodies too.
  func namesRead(in scope: Int) -> Set<Name> {
    var names: Set<Name> = []
    var open = [scope]
    while let next = open.popLast() {
      names.formUnion(outputs(of: next))
      for node in nodes(of: next) {
        names.formUnion(node.inputs)
        open += node.bodies.map(\.scope)
      }
    }
    return names
  }

  // MARK: - Two graphs

  /// Whether two scopes are the same, node by node, with all that they hold.
  ///
  /// - Complexity: O(nodes and bytes).
  func isSame(_ scope: Int, _ other: NamedGraph, _ otherScope: Int) throws -> Bool {
    let (own, second) = (graph.scopes[scope], other.graph.scopes[otherScope])
    guard own.inputs.map({ graph[$0.value].name }) == second.inputs.map({ other.graph[$0.value].name }),
      outputs(of: scope) == other.outputs(of: otherScope), own.nodes.count == second.nodes.count,
      own.constants.count == second.constants.count,
      try (own.function?.defaults ?? []).stateSame(as: second.function?.defaults ?? [])
    else { return false }
    for (index, place) in zip(own.constants, second.constants) {
      let (tensor, otherTensor) = (graph.constants[index], other.graph.constants[place])
      guard graph[tensor.value].name == other.graph[otherTensor.value].name,
        try tensor.tensor.holdsSame(as: otherTensor.tensor)
      else { return false }
    }
    return try zip(nodes(of: scope), other.nodes(of: otherScope)).allSatisfy { try isSame($0, $1) }
  }

  private func isSame(_ node: NamedNode, _ other: NamedNode) throws -> Bool {
    guard node.operatorType == other.operatorType, node.domain == other.domain, node.overload == other.overload,
      node.inputs == other.inputs, node.outputs == other.outputs, node.bodies.count == other.bodies.count,
      try node.attributes.stateSame(as: other.attributes)
    else { return false }
    return try zip(node.bodies, other.bodies).allSatisfy { try isSame($0.scope, other.model, $1.scope) }
  }
}

extension [any NodeAttribute] {
  fileprivate func stateSame(as others: [any NodeAttribute]) throws -> Bool {
    try count == others.count && zip(self, others).allSatisfy { try $0.statesSame(as: $1) }
  }
}
