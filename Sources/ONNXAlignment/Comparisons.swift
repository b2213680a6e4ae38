import ONNXModel
import RecordedData
import Tensors

extension FunctionView {
  /// Whether two functions are the same, node by node.
  func isSame(_ other: FunctionView) throws -> Bool {
    guard inputs == other.inputs, outputs == other.outputs, nodes.count == other.nodes.count,
      try attributeDefaults.stateSame(as: other.attributeDefaults)
    else { return false }
    return try zip(nodes, other.nodes).allSatisfy { try $0.isSame($1) }
  }
}

extension NodeView {
  /// Whether two nodes are the same, with all that they hold.
  fileprivate func isSame(_ other: NodeView) throws -> Bool {
    guard operatorType == other.operatorType, domain == other.domain, overload == other.overload,
      inputs == other.inputs, outputs == other.outputs, try attributes.stateSame(as: other.attributes)
    else { return false }
    return try zip(subgraphs, other.subgraphs).allSatisfy { try $0.isSame($1) }
  }
}

extension GraphView {
  fileprivate func isSame(_ other: GraphView) throws -> Bool {
    guard nodes.count == other.nodes.count, initializers.count == other.initializers.count,
      outputs.map(\.name) == other.outputs.map(\.name), inputs.map(\.name) == other.inputs.map(\.name)
    else { return false }
    for (tensor, second) in zip(initializers, other.initializers) {
      guard tensor.name == second.name, try tensor.holdsSame(as: second) else { return false }
    }
    return try zip(nodes, other.nodes).allSatisfy { try $0.isSame($1) }
  }
}

extension [AttributeView] {
  fileprivate func stateSame(as others: [AttributeView]) throws -> Bool {
    try count == others.count && zip(self, others).allSatisfy { try $0.statesSame(as: $1) }
  }
}

extension Tensor {
  /// Whether every element is the same number, NaN beside NaN too.
  func isIdentical(to other: Tensor) -> Bool {
    guard kind == other.kind, shape == other.shape else { return false }
    if case .text(let text) = elements, case .text(let second) = other.elements { return text == second }
    guard let numbers = doubles, let second = other.doubles else { return false }
    return zip(numbers, second).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
  }
}

extension LinearForm {
  /// A shape that the activation may have, small but with room for the operator's window.
  func likelyActivationShape(_ weight: [Int]) throws -> [Int] {
    if case .maps(let channels, _, let fromEnd) = kind { return [1, channels] + Array(repeating: 8, count: fromEnd) }
    guard weight.count >= 2 else { return weight }
    switch kind {
    case .norm, .maps: return weight
    case .convolution, .transposedConvolution:
      let groups = try node.attribute("group")?.integer() ?? 1
      let dilations = node.attribute("dilations")?.integers ?? []
      let channels = kind == .convolution ? weight[1] * groups : weight[0]
      let windows = weight[2...].enumerated().map { axis, size in
        max(8, (size - 1) * (axis < dilations.count ? dilations[axis] : 1) + 4)
      }
      return [1, channels] + windows
    case .gemm:
      let isTransposed = try node.attribute("transB")?.integer() ?? 0 != 0
      let depth = isTransposed ? weight[1] : weight[0]
      return try node.attribute("transA")?.integer() ?? 0 != 0 ? [depth, 8] : [8, depth]
    case .matrixProduct(let weightIsLeft):
      return weightIsLeft ? Array(weight.dropLast(2)) + [weight[weight.count - 1], 8] : [8, weight[weight.count - 2]]
    }
  }
}
