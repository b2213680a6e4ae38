/// The number of an operator in a graph, in execution order within its scope.
package struct OperatorID: Hashable, Sendable {
  package let index: Int

  @inlinable package init(_ index: Int) { self.index = index }
}
