/// The number of a value in a `FoldGraph`.
package struct ValueID: Hashable, Sendable {
  package let index: Int

  package init(_ index: Int) { self.index = index }
}

/// The number of an operator in a `FoldGraph`, in execution order within its scope.
package struct OperatorID: Hashable, Sendable {
  package let index: Int

  package init(_ index: Int) { self.index = index }
}

/// The number of a constant in a `FoldGraph`.
package struct ConstantID: Hashable, Sendable {
  package let index: Int

  package init(_ index: Int) { self.index = index }
}
