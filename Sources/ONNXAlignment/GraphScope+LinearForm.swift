import ModelGraph
import ProtobufIO

extension GraphScope {
  /// Reads a value backwards through per-channel maps to a linear operator.
  ///
  /// - Returns: nil where something else is on the way.
  /// - Complexity: O(nodes on the way).
  func linearForm(of value: Name) -> LinearForm? {
    var (scope, name) = (self, value)
    var links: [LinearForm.Link] = []
    var passed: [PlacedNode] = []
    while let (maker, made) = scope.maker(of: name), case let node = maker.node {
      guard node.domain.isOwn, node.outputs.first == made else { return nil }
      passed.append(maker)
      if var form = maker.scope.linearForm(at: node) {
        form.links = links.reversed()
        form.ownNodes = passed
        form.entrances = maker.scope.entrances(from: form.activation)
        return form
      }
      guard let (link, input) = maker.scope.map(at: node) else { return nil }
      if let link { links.append(link) }
      (scope, name) = (maker.scope, input)
    }
    return nil
  }

  /// The values from which maps alone lead to another one, which is the first.
  func entrances(from value: Name) -> [LinearForm.Entrance] {
    var entrance = LinearForm.Entrance(activation: value, links: [], nodes: [])
    var result = [entrance]
    var scope = self
    while let (maker, made) = scope.maker(of: entrance.activation), case let node = maker.node, node.domain.isOwn,
      node.outputs.first == made, let (link, input) = maker.scope.map(at: node)
    {
      scope = maker.scope
      entrance = LinearForm.Entrance(
        activation: input, links: (link.map { [$0] } ?? []) + entrance.links, nodes: entrance.nodes + [maker])
      result.append(entrance)
    }
    return result
  }

  /// The value that a node makes another one of, and by which map; no map where it passes it on.
  func map(at node: NamedNode) -> (LinearForm.Link?, input: Name)? {
    guard let first = node.inputs.first, (try? trains(node)) == false else { return nil }
    return switch node.operatorType {
    case "Identity", "Dropout": (nil, first)
    case "BatchNormalization": (.norm(node), first)
    case "Add", "Sub", "Mul", "Div": link(at: node).map { ($0, $1) }
    default: nil
    }
  }

  private func linearForm(at node: NamedNode) -> LinearForm? {
    let inputs = node.inputs
    guard inputs.count >= 2 else { return nil }
    let weightIsLeft = node.operatorType == "MatMul" && isConstant(inputs[0])
    let kind: LinearForm.Kind
    switch node.operatorType {
    case "Conv": kind = .convolution
    case "ConvTranspose": kind = .transposedConvolution
    case "Gemm": kind = .gemm
    case "MatMul": kind = .matrixProduct(weightIsLeft: weightIsLeft)
    default: return nil
    }
    let (activation, weight) = weightIsLeft ? (inputs[1], inputs[0]) : (inputs[0], inputs[1])
    guard isConstant(weight), !isConstant(activation) else { return nil }
    let bias = inputs.count > 2 && !inputs[2].isEmpty ? inputs[2] : nil
    if let bias, !isConstant(bias) { return nil }
    return LinearForm(
      kind: kind, node: node, entrances: [.init(activation: activation, links: [], nodes: [])], weight: weight,
      bias: bias, links: [], ownNodes: [])
  }

  /// A map that one constant operand makes of the other operand.
  private func link(at node: NamedNode) -> (LinearForm.Link, input: Name)? {
    let inputs = node.inputs
    guard inputs.count == 2, isConstant(inputs[0]) != isConstant(inputs[1]) else { return nil }
    let isFirst = isConstant(inputs[0])
    let (constant, input) = isFirst ? (inputs[0], inputs[1]) : (inputs[1], inputs[0])
    return switch node.operatorType {
    case "Add": (.addition(constant, node), input)
    case "Mul": (.multiplication(constant, node), input)
    case "Sub": (isFirst ? .reversedSubtraction(constant, node) : .subtraction(constant, node), input)
    case "Div" where !isFirst: (.division(constant, node), input)
    default: nil
    }
  }

  /// Which axis the maps' constants of several channels are along, counted from the last one.
  ///
  /// - Returns: nil where all of them are single numbers.
  func channelAxisFromEnd(of links: [LinearForm.Link], _ channels: Int) throws -> Int? {
    for link in links {
      switch link {
      case .norm, .standardization: continue
      case .addition(let name, _), .subtraction(let name, _), .reversedSubtraction(let name, _),
        .multiplication(let name, _), .division(let name, _):
        guard let shape = try typeOfConstant(name)?.shape, shape.reduce(1, *) == channels, channels > 1,
          let axis = shape.firstIndex(of: channels)
        else { continue }
        return shape.count - 1 - axis
      }
    }
    return nil
  }
}
