import ModelGraph
import ProtobufIO

/// What a node calls a function by.
struct FunctionKey: Hashable {
  private let domain: Name
  private let name: Name
  private let overload: Name

  init(of function: FunctionView) {
    (domain, name, overload) = (function.domain.canonicalDomain, function.name, function.overload)
  }

  init(of node: Graph.Node) {
    (domain, name, overload) = (node.domain, Name(node.operatorType), node.overload)
  }
}
