import ModelGraph

/// A node of a graph, with the graph that it is in.
struct PlacedNode {
  let scope: GraphScope
  let index: Int

  var node: NamedNode { scope.nodes[index] }
}

extension PlacedNode: Hashable {
  static func == (one: PlacedNode, other: PlacedNode) -> Bool {
    one.scope === other.scope && one.index == other.index
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(scope))
    hasher.combine(index)
  }
}
