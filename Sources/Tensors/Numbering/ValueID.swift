/// The number of a value in a graph, whatever scope it is in.
package struct ValueID: Hashable, Sendable {
  // A file has fewer parts than 32 bits count, and graphs are mostly numbers.
  @usableFromInline let number: Int32

  @inlinable package var index: Int { Int(number) }

  @inlinable package init(_ index: Int) { number = Int32(index) }
}
