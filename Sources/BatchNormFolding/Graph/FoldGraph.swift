package import Tensors

/// What a format tells the core about a model: operators in execution order over numbered values.
///
/// Subgraphs are part of it: every value has one number, whatever scope it is in. What reads one from an inner scope is a
/// reader as any other, but a value that is made inside is not known outside. Names are for people; nothing is found by
/// them.
package struct FoldGraph: Sendable {
  /// Indexed by `ValueID`.
  package var values: [FoldValue] = []

  /// Indexed by `OperatorID`; an operator comes after the producers of what it reads.
  package var operators: [FoldOperator] = []

  /// Indexed by `ConstantID`.
  package var constants: [FoldConstant] = []

  /// The places of the operators in the order in which they are executed; none where that is the order of their
  /// numbers.
  package var ranks: [Int] = []

  package init() {}

  /// The operators in the order in which they are executed, each once.
  package func inOrder(_ operators: some Sequence<OperatorID>) -> [OperatorID] {
    Set(operators).sorted { rank($0) < rank($1) }
  }

  private func rank(_ id: OperatorID) -> Int { ranks.isEmpty ? id.index : ranks[id.index] }

  package subscript(value: ValueID) -> FoldValue { values[value.index] }
  package subscript(operator: OperatorID) -> FoldOperator { operators[`operator`.index] }
  package subscript(constant: ConstantID) -> FoldConstant { constants[constant.index] }

  /// Whether anything takes notice of a value's contents.
  package func isRead(_ value: ValueID) -> Bool { self[value].readerCount > 0 || !self[value].pins.isEmpty }

  /// The normalizations, in order.
  package var normalizations: [OperatorID] {
    operators.indices.map(OperatorID.init).filter { self[$0].normalization != nil }
  }
}
