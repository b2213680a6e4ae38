import ModelGraph
import ProtobufIO
import Tensors

/// An If whose condition is constant, of which one body runs as a part of the graph around.
extension GraphScope {
  /// The name of the body that runs; nil where that is not known, and for other nodes.
  func takenBranch(of node: NamedNode) -> Name? {
    guard node.domain.isOwn, node.operatorType == "If", let condition = node.inputs.first, isConstant(condition),
      !mayBeOverridden(condition),
      case .boolean(let truth)? = try? value(of: condition)?.elements, truth.count == 1
    else { return nil }
    return truth[0] ? "then_branch" : "else_branch"
  }

  /// The node that makes a value of this graph or of one around it, with the name by which it does; of what an If
  /// of known condition hands out, the node in its body.
  func maker(of name: Name) -> (node: PlacedNode, name: Name)? {
    var (scope, name) = (self, name)
    while let owner = scope.owner(of: name), let index = owner.producer(of: name) {
      guard let body = owner.takenBody(of: index), let place = owner.nodes[index].outputs.firstIndex(of: name),
        body.outputs.indices.contains(place)
      else { return (PlacedNode(scope: owner, index: index), name) }
      (scope, name) = (body, body.outputs[place])
    }
    return nil
  }
}
