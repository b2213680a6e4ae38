import ONNXModel

/// A value as what a linear operator makes of an activation, and maps behind it.
struct LinearForm {
  enum Kind: Equatable {
    case convolution, transposedConvolution, gemm, matrixProduct(weightIsLeft: Bool)
  }

  /// A map behind the operator.
  enum Link {
    case norm(NodeView)
    case addition(Name, NodeView)
    case subtraction(Name, NodeView)
    case multiplication(Name, NodeView)
    case division(Name, NodeView)
  }

  let kind: Kind
  let node: NodeView
  let activation: Name
  let weight: Name
  let bias: Name?
  /// In the order of their application.
  var links: [Link]
  /// All nodes that make the value, the operator's among them.
  var nodes: [Int]

  /// The outputs of the norms among the links.
  var norms: [String] {
    links.compactMap { link in
      if case .norm(let node) = link { node.outputs.first?.description } else { nil }
    }
  }

  /// Whether both are the same operator with the same attributes, but for factors and the broadcast of a bias.
  func hasSameOperator(as other: LinearForm) throws -> Bool {
    guard kind == other.kind, node.domain.isOwn, other.node.domain.isOwn else { return false }
    // A window's size is the weight's.
    let ignored: Set<Name> = kind == .gemm ? ["alpha", "beta", "broadcast"] : ["kernel_shape"]
    func attributes(_ node: NodeView) -> [AttributeView] { node.attributes.filter { !ignored.contains($0.name) } }
    return try attributes(node).differing(from: attributes(other.node)) == nil
  }
}
