import BatchNormFolding
import ModelGraph
import ONNXModel
import Tensors

/// Which values' contents matter to a model's outputs.
extension ModelReading {
  /// Counts the inputs that take notice of a value's contents, and pins what subgraphs take notice of.
  ///
  /// A node is alive if an output depends on it, in any way, or what it does is not ONNX's to say. A graph that names no
  /// outputs does not tell what it is for, and all of it is alive.
  ///
  /// - Complexity: O(nodes + names).
  mutating func countReaders() {
    let isDead = deadScopes
    var isAlive = nodesOfUnknownEffect
    let isOutermost = source.scopes.map(\.isOutermost)
    var isNeeded = values.indices.map { index in
      let pins = graph.values[index].pins
      let isOutput = pins.contains(.graphOutput) && isOutermost[source.values[index].scope]
      return isOutput || pins.contains(.captured) || pins.contains(.kept)
    }
    // What reads a value comes after what makes it, and a node after those of its bodies.
    for index in nodes.indices.reversed() {
      let node = nodes[index]
      if node.outputs.contains(where: { $0.map { isNeeded[$0.index] } ?? false }) { isAlive[index] = true }
      if isDead[node.scope] { isAlive[index] = false }
      if isAlive[index] {
        for case let value? in node.inputs { isNeeded[value.index] = true }
        for body in node.bodyScopes where !isDead[body] {
          for value in outputs(of: body) { isNeeded[value.index] = true }
        }
      }
      for body in node.bodyScopes {
        noteOutputs(of: body, isTaken: takenBody(of: OperatorID(index)) == body, isRun: isAlive[index] && !isDead[body])
      }
      let isRead = isAlive[index] && !(keepsShape(node) && !node.outputs.contains { $0.map(graph.isRead) ?? false })
      graph.operators[index].isIdle = !isRead
      guard isRead else { continue }
      let use = node.contentUse
      for (place, value) in node.inputs.enumerated() where use.includes(place) {
        if let value { noteReader(of: value, in: node.scope) }
      }
    }
    for id in onlyCalls.keys {
      for (inner, _) in handedOut(to: id) { noteHandedOut(inner) }
    }
  }

  /// Notes what a body hands out, which may be something else where nothing sees it, or the If around takes it over.
  private mutating func noteOutputs(of body: Int, isTaken: Bool, isRun: Bool) {
    for value in outputs(of: body) {
      if isTaken && isRun {
        noteHandedOut(value)
      } else {
        graph.values[value.index].isHandedOut = true
        if !isRun { graph.values[value.index].pins.remove(.graphOutput) }
      }
    }
  }

  /// Notes that what is around a body or a function reads what that hands out, which may be something else.
  private mutating func noteHandedOut(_ value: ValueID) {
    graph.values[value.index].isHandedOut = true
    graph.values[value.index].pins.remove(.graphOutput)
    graph.values[value.index].readerCount += 1
  }

  /// For each scope whether it never runs, since it is, or is in, the body that a known condition does not choose.
  private var deadScopes: [Bool] {
    var isDead = Array(repeating: false, count: source.scopes.count)
    for (id, taken) in takenBodies {
      for body in nodes[id.index].bodyScopes where body != taken { isDead[body] = true }
    }
    // A scope comes after the one around it.
    for index in source.scopes.indices {
      if let parent = source.scopes[index].parent, isDead[parent] { isDead[index] = true }
    }
    return isDead
  }

  /// Whether what a node makes has the shape of what it reads, whatever that contains.
  private func keepsShape(_ node: Graph.Node) -> Bool { node.isStandard && node.operatorType == "BatchNormalization" }

  /// For each node whether it, or one in its bodies, is none of ONNX's own, so that it may have effects, or its graph
  /// does not tell what it is for.
  private var nodesOfUnknownEffect: [Bool] {
    var scopesOfUnknownEffect: Set<Int> = []
    let purposeless = Set(
      source.scopes.indices.filter { source.scopes[$0].isOutermost && source.scopes[$0].outputs.isEmpty })
    return nodes.map { node in
      let isUnknown =
        !node.isStandard || purposeless.contains(node.scope)
        || node.bodyScopes.contains(where: scopesOfUnknownEffect.contains)
      if isUnknown { scopesOfUnknownEffect.insert(node.scope) }
      return isUnknown
    }
  }

  /// The values of its own that a body hands to its node.
  func outputs(of scope: Int) -> [ValueID] {
    source.scopes[scope].outputs.map(\.value).filter { source[$0].scope == scope }
  }

  private mutating func noteReader(of value: ValueID, in scope: Int) {
    let isInside = source[value].scope != scope
    // Where a name means another value inside, nothing there may come to read one of that name.
    if isInside, source.hasShadows { return _ = graph.values[value.index].pins.insert(.captured) }
    graph.values[value.index].readerCount += 1
    if isInside { graph.values[value.index].isReadInside = true }
  }
}
