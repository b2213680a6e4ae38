package import ProtobufIO
package import Tensors

/// A model as all that reads it sees it: operators in execution order over numbered values, their names resolved once.
///
/// It never changes, and says nothing of what an operator means. What stands in bodies and functions is part of it:
/// nodes and values are numbered through, whatever scope they are in. Attributes and tensors stay where the file has
/// them until they are asked for.
package struct Graph {
  /// The main graph is the first; the scope around a body comes before it.
  package let scopes: [Scope]

  /// Indexed by `OperatorID`: the nodes of bodies before the node that they belong to, functions last.
  package let nodes: [Node]

  /// Indexed by `ValueID`.
  package let values: [Value]

  /// The constants that are stored beside nodes, in the order of the file.
  package let constants: [Constant]

  /// The versions of the operator sets that the model imports, by their domains.
  package let imports: [Name: Int]

  /// The names of sizes, by the numbers of the symbols that stand for them; a name may mean another size in a body.
  package let symbols: [Name]

  /// Whether a body gives a name that is known there another meaning.
  package let hasShadows: Bool

  /// - Precondition: `checkInvariants` finds nothing.
  package init(
    scopes: [Scope], nodes: [Node], values: [Value], constants: [Constant], imports: [Name: Int], symbols: [Name],
    hasShadows: Bool
  ) {
    (self.scopes, self.nodes, self.values) = (scopes, nodes, values)
    (self.constants, self.imports, self.symbols, self.hasShadows) = (constants, imports, symbols, hasShadows)
    assert(brokenInvariant == nil, brokenInvariant ?? "")
  }

  package subscript(node: OperatorID) -> Node { nodes[node.index] }
  package subscript(value: ValueID) -> Value { values[value.index] }

  /// The constant that a value is stored as, nil for other values.
  package func constant(_ value: ValueID) -> Constant? { self[value].constant.map { constants[$0] } }

  /// The graph or the function that a scope is in.
  ///
  /// - Complexity: O(depth).
  package func outermost(of scope: Int) -> Int {
    var outer = scope
    while let parent = scopes[outer].parent { outer = parent }
    return outer
  }
}

extension Graph {
  /// A value that the file stores beside the nodes.
  package struct Constant {
    package let value: ValueID
    package let tensor: any StoredTensor

    /// Whether only some elements are listed.
    package let isSparse: Bool

    package init(value: ValueID, tensor: any StoredTensor, isSparse: Bool) {
      (self.value, self.tensor, self.isSparse) = (value, tensor, isSparse)
    }
  }
}
