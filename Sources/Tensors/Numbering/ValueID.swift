/// The number of a value in a graph, whatever scope it is in.
package struct ValueID: Hashable, Sendable {
  package let index: Int

  @inlinable package init(_ index: Int) { self.index = index }
}
