import ModelGraph
import ProtobufIO

/// A value as a sum of others, and maps behind it.
struct ValueSum {
  var terms: [Name]
  /// In the order of their application.
  var links: [LinearForm.Link] = []
  /// All nodes between the terms and the value.
  var nodes: [PlacedNode] = []
}

extension GraphScope {
  /// Reads a value backwards through per-channel maps to a sum of values, none of which is constant.
  ///
  /// - Returns: nil where something else is on the way.
  /// - Complexity: O(nodes on the way and of the sum).
  func sum(behind value: Name) -> ValueSum? {
    var name = value
    var result = ValueSum(terms: [])
    while let index = producer(of: name) {
      guard nodes[index].domain.isOwn, nodes[index].outputs.first == name else { return nil }
      if addends(of: name) != nil {
        add(name, to: &result)
        result.links.reverse()
        return result
      }
      guard let (link, input) = map(at: nodes[index]) else { return nil }
      result.nodes.append(PlacedNode(scope: self, index: index))
      if let link { result.links.append(link) }
      name = input
    }
    return nil
  }

  /// Adds the terms of a sum, those of sums among them too.
  private func add(_ name: Name, to sum: inout ValueSum) {
    var open = [name]
    while let next = open.popLast() {
      if let addends = addends(of: next), let index = producer(of: next) {
        sum.nodes.append(PlacedNode(scope: self, index: index))
        open += addends.reversed()
      } else {
        sum.terms.append(next)
      }
    }
  }

  private func addends(of name: Name) -> [Name]? {
    guard let node = producer(of: name).map({ nodes[$0] }), node.domain.isOwn,
      ["Add", "Sum"].contains(node.operatorType), node.inputs.count >= 2, node.inputs.allSatisfy({ !isConstant($0) })
    else { return nil }
    return node.inputs
  }
}
