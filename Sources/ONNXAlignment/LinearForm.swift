import ModelGraph
import ProtobufIO
import Tensors

/// A value as what a linear operator makes of an activation, with maps in front of it and behind it.
struct LinearForm {
  enum Kind: Equatable {
    case convolution, transposedConvolution, gemm, matrixProduct(weightIsLeft: Bool)
    /// A norm whose weight is gamma and whose bias is beta; the rest of it stands in front.
    case norm(channelAxisFromEnd: Int)
    /// Nothing, which multiplies each channel by 1: all there is are the maps behind.
    case maps(channels: Int, kind: ElementType, channelAxisFromEnd: Int)
  }

  /// A map behind the operator or in front of it.
  enum Link {
    case norm(NamedNode)
    /// A norm without its gamma and beta.
    case standardization(NamedNode)
    case addition(Name, NamedNode)
    case subtraction(Name, NamedNode)
    /// The value is subtracted from the constant.
    case reversedSubtraction(Name, NamedNode)
    case multiplication(Name, NamedNode)
    case division(Name, NamedNode)
  }

  /// A value that the operator reads by way of maps.
  struct Entrance {
    let activation: Name
    /// In the order of their application.
    var links: [Link]
    /// The nodes between the activation and the operator.
    var nodes: [PlacedNode]
  }

  let kind: Kind
  let node: NamedNode
  /// From the operator backwards: what it reads itself is the first.
  var entrances: [Entrance]
  /// Which of them the form begins with.
  var entrance = 0
  let weight: Name
  let bias: Name?
  /// Behind the operator, in the order of their application.
  var links: [Link]
  /// The nodes from the operator to the value.
  var ownNodes: [PlacedNode]
  /// Maps of the same activation whose values are added to all that, each in the order of application.
  var parallels: [[Link]] = []
  /// Behind that sum.
  var outerLinks: [Link] = []

  /// The activation that the form begins with.
  var activation: Name { entrances[entrance].activation }

  /// Between that and the operator, in the order of their application.
  var inputLinks: [Link] { entrances[entrance].links }

  /// All nodes that make the value of the activation.
  var nodes: [PlacedNode] { ownNodes + entrances[entrance].nodes }

  /// The innermost of the graphs that the form is in, where every name of it is known; `scope` where it has no nodes.
  func innermost(from scope: GraphScope) -> GraphScope {
    nodes.map(\.scope).reduce(scope) { $1.depth > $0.depth ? $1 : $0 }
  }

  /// The outputs of the norms among the links.
  var norms: [String] {
    allLinks.compactMap { link in
      if case .norm(let node) = link { node.outputs.first?.description } else { nil }
    }
  }

  var allLinks: [Link] { inputLinks + links + parallels.flatMap { $0 } + outerLinks }

  /// Whether a norm stands behind the operator.
  var hasNormBehind: Bool { links.contains { if case .norm = $0 { true } else { false } } }

  /// The same value, beginning with another activation.
  func entered(at entrance: Int) -> LinearForm {
    var result = self
    result.entrance = entrance
    return result
  }

  /// Whether both are the same operator with the same attributes, but for factors and the broadcast of a bias.
  func hasSameOperator(as other: LinearForm) throws -> Bool {
    guard kind == other.kind, node.domain.isOwn, other.node.domain.isOwn else { return false }
    // A window's size is the weight's.
    let ignored: Set<Name> = kind == .gemm ? ["alpha", "beta", "broadcast"] : ["kernel_shape"]
    func attributes(_ node: NamedNode) -> [any NodeAttribute] { node.attributes.filter { !ignored.contains($0.name) } }
    return try attributes(node).differing(from: attributes(other.node)) == nil
  }
}
