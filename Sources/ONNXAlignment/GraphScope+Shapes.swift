import ModelGraph
import ProtobufIO

/// What needs only the shape or the type of a value, or needs nothing.
extension GraphScope {
  /// The nodes of whose results nothing takes notice, but perhaps of their shape.
  ///
  /// What another domain or the model itself defines may have effects, and counts as noticed.
  ///
  /// - Complexity: O(nodes and names, those of subgraphs too).
  func findIdleNodes() -> Set<Int> {
    // A graph that hands out nothing is there for what it makes last.
    var read = outputs.isEmpty ? Set(producedNames.filter { readerCount(of: $0) == 0 }) : Set(outputs)
    var measured: Set<Name> = []
    var idle: Set<Int> = []
    for (index, node) in nodes.enumerated().reversed() {
      let made = node.outputs.filter { !$0.isEmpty }
      let keepsShape = isStandard(node) && Self.keepsShape(node)
      let isRead =
        mayHaveEffects(node) || made.contains(where: read.contains)
        || made.dropFirst(keepsShape ? 1 : 0).contains(where: measured.contains)
      if !isRead {
        idle.insert(index)
        if made.contains(where: measured.contains), let input = node.inputs.first { measured.insert(input) }
        continue
      }
      for (place, name) in node.inputs.enumerated() {
        if readsContents(of: node, at: place) { read.insert(name) } else { measured.insert(name) }
      }
      for body in node.bodies { read.formUnion(model.namesRead(in: body.scope)) }
    }
    return idle
  }

  /// Whether ONNX itself says what a node does.
  private func isStandard(_ node: NamedNode) -> Bool {
    node.domain.isOwn && !ownFunctions.contains(Name(node.operatorType))
  }

  private func mayHaveEffects(_ node: NamedNode) -> Bool {
    !isStandard(node) || node.bodies.contains { model.nodes(of: $0.scope).contains(where: mayHaveEffects) }
  }

  /// Whether a node needs more of an input than its shape and its type.
  func readsContents(of node: NamedNode, at place: Int) -> Bool {
    guard isStandard(node) else { return true }
    return switch node.operatorType {
    case "Shape", "Size", "EyeLike", "RandomNormalLike", "RandomUniformLike": false
    case "CastLike": place != 1
    default: true
    }
  }

  /// The first of the values from which nodes that keep shape and type lead to another one.
  func measuredSource(of name: Name) -> Name {
    var name = name
    while let index = producer(of: name), case let node = nodes[index], isStandard(node),
      Self.keepsShape(node), node.outputs.first == name, let input = node.inputs.first
    {
      name = input
    }
    return name
  }

  /// Whether a node's first output has the shape and the type of its first input.
  private static func keepsShape(_ node: NamedNode) -> Bool {
    [
      "Abs", "BatchNormalization", "Ceil", "Clip", "Dropout", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid",
      "HardSwish", "Identity", "LeakyRelu", "Log", "Mish", "Neg", "Reciprocal", "Relu", "Selu", "Sigmoid", "Softmax",
      "Softplus", "Sqrt", "Tanh",
    ].contains(node.operatorType)
  }
}

extension ModelAligner {
  /// Whether two names stand for values of the same shape and type.
  func isAlike(_ name: Name, _ other: Name, _ scope: GraphScope, _ candidate: GraphScope) throws -> Bool {
    if try isSame(name, other, scope, candidate) { return true }
    guard !name.isEmpty, !other.isEmpty else { return false }
    let (source, second) = (scope.measuredSource(of: name), candidate.measuredSource(of: other))
    if try isSame(source, second, scope, candidate) { return true }
    if source == scope.measuredSource(of: originalName(of: second)) { return true }
    guard let first = scope.producer(of: source).map({ scope.nodes[$0] }),
      let node = candidate.producer(of: second).map({ candidate.nodes[$0] }),
      first.outputs.first == source, node.outputs.first == second, first.operatorType == node.operatorType,
      first.domain.isOwn, node.domain.isOwn, first.inputs.count == node.inputs.count,
      try first.attributes.differing(from: node.attributes) == nil
    else { return false }
    // Weights of one shape make results of one shape.
    return try zip(first.inputs, node.inputs).allSatisfy { input, other in
      if try isSame(input, other, scope, candidate) { return true }
      guard let type = try scope.typeOfConstant(input), let second = try candidate.typeOfConstant(other) else {
        return false
      }
      return type == second && ["Conv", "ConvTranspose", "Gemm", "MatMul"].contains(first.operatorType)
    }
  }
}
