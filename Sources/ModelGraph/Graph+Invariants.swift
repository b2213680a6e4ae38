import Tensors

extension Graph {
  /// What a graph must be for anything to rely on it: every value has one maker, and every node comes after what it
  /// reads, in its scope or in one around.
  ///
  /// - Returns: nil where all of it holds, else what does not.
  /// - Complexity: O(nodes + values).
  package var brokenInvariant: String? {
    brokenOrder ?? brokenScope ?? brokenProducer
  }

  private var brokenOrder: String? {
    var position = Array(repeating: -1, count: scopes.count)
    for (index, node) in nodes.enumerated() {
      guard scopes.indices.contains(node.scope), node.index == position[node.scope] + 1,
        node.index < scopes[node.scope].nodes.count, scopes[node.scope].nodes[node.index] == OperatorID(index)
      else { return "node \(index) is not in its place in its scope" }
      position[node.scope] = node.index
      for case let value? in node.inputs {
        guard isKnown(value, in: node.scope) else { return "node \(index) reads a value of another scope" }
        guard let maker = self[value].producer else { continue }
        if maker.index >= index { return "node \(index) reads what node \(maker.index) makes later" }
      }
      for body in node.bodies where scopes[body.scope].parent != node.scope {
        return "node \(index) runs a body of another scope"
      }
    }
    return scopes.indices.first { scopes[$0].nodes.count != position[$0] + 1 }.map { "scope \($0) has other nodes" }
  }

  private var brokenScope: String? {
    for (index, scope) in scopes.enumerated() {
      if let parent = scope.parent, parent >= index { return "scope \(index) comes before the one around it" }
      for output in scope.outputs where !isKnown(output.value, in: index) {
        return "scope \(index) gives a value of another scope"
      }
      for input in scope.inputs where self[input.value].scope != index || !self[input.value].isInput {
        return "scope \(index) takes a value that is no input of its own"
      }
    }
    return nil
  }

  private var brokenProducer: String? {
    for (index, value) in values.enumerated() {
      let isGiven = value.isInput || value.constant != nil
      guard isGiven == (value.producer == nil) else { return "value \(index) is made by nothing, or twice" }
      if let producer = value.producer,
        self[producer].scope != value.scope || !self[producer].outputs.contains(ValueID(index))
      {
        return "value \(index) is not made by node \(producer.index)"
      }
    }
    for (index, node) in nodes.enumerated() {
      for case let value? in node.outputs where self[value].producer != OperatorID(index) {
        return "what node \(index) makes is made elsewhere"
      }
    }
    return nil
  }

  private func isKnown(_ value: ValueID, in scope: Int) -> Bool {
    var current: Int? = scope
    while let index = current {
      if self[value].scope == index { return true }
      current = scopes[index].parent
    }
    return false
  }
}
