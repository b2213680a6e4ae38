import ONNXModel

extension GraphScope {
  /// Reads a value backwards through per-channel maps to a linear operator.
  ///
  /// - Returns: nil where something else is on the way.
  /// - Complexity: O(nodes on the way).
  func linearForm(of value: Name) -> LinearForm? {
    var name = value
    var links: [LinearForm.Link] = []
    var passed: [Int] = []
    while let index = producer(of: name) {
      let node = nodes[index]
      guard node.domain.isOwn, node.outputs.first == name else { return nil }
      passed.append(index)
      if var form = linearForm(at: node) {
        form.links = links.reversed()
        form.nodes = passed
        return form
      }
      guard let first = node.inputs.first else { return nil }
      switch node.operatorType {
      case "Identity", "Dropout": name = first
      case "BatchNormalization":
        links.append(.norm(node))
        name = first
      case "Add", "Sub", "Mul", "Div":
        guard let (link, input) = link(at: node) else { return nil }
        links.append(link)
        name = input
      default: return nil
      }
    }
    return nil
  }

  private func linearForm(at node: NodeView) -> LinearForm? {
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
      kind: kind, node: node, activation: activation, weight: weight, bias: bias, links: [], nodes: [])
  }

  /// A map that one constant operand makes of the other operand.
  private func link(at node: NodeView) -> (LinearForm.Link, input: Name)? {
    let inputs = node.inputs
    guard inputs.count == 2, isConstant(inputs[0]) != isConstant(inputs[1]) else { return nil }
    let isFirst = isConstant(inputs[0])
    let (constant, input) = isFirst ? (inputs[0], inputs[1]) : (inputs[1], inputs[0])
    return switch node.operatorType {
    case "Add": (.addition(constant, node), input)
    case "Mul": (.multiplication(constant, node), input)
    case "Sub" where !isFirst: (.subtraction(constant, node), input)
    case "Div" where !isFirst: (.division(constant, node), input)
    default: nil
    }
  }
}
