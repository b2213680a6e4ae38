package import ProtobufIO
package import Tensors

extension Graph {
  /// What a node makes, a caller supplies or the file stores.
  package struct Value {
    package let name: Name

    /// The scope that defines it.
    package let scope: Int

    /// The node that makes it.
    package var producer: OperatorID?

    /// How many node inputs, graph outputs and notes name it, in all scopes.
    package var useCount = 0

    /// Its index among the constants that are stored beside nodes.
    package var constant: Int?

    /// Whether whoever runs its scope supplies it, or may where it is also stored.
    package var isInput = false

    /// Whether a caller may supply other contents than it is stored with.
    package var isOverridable = false

    /// Whether something other than nodes and outputs names it.
    package var isNamedBeside = false

    /// Whether the file notes how it is quantized.
    package var isQuantized = false

    /// The shape that the file states for it, which nothing was checked against.
    package var statedShape: ValueShape?

    package init(name: Name, scope: Int) { (self.name, self.scope) = (name, scope) }
  }
}
