/// The number of an operator in a graph, in execution order within its scope.
package struct OperatorID: Hashable, Sendable {
  // A file has fewer parts than 32 bits count, and graphs are mostly numbers.
  @usableFromInline let number: Int32

  @inlinable package var index: Int { Int(number) }

  @inlinable package init(_ index: Int) { number = Int32(index) }
}
