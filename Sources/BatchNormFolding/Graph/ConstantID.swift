/// The number of a constant in a `FoldGraph`.
package struct ConstantID: Hashable, Sendable {
  package let index: Int

  package init(_ index: Int) { self.index = index }
}
