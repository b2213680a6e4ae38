import Synchronization

/// What the node that is executed on this thread has asked for.
///
/// A node may make as many elements as it is given. For more it asks beforehand, and the run compares what it made with
/// what it asked for; so no operator can forget to ask.
package final class Ledger: Sendable {
  /// The ledger of this thread's node; nil outside of a run.
  @TaskLocal package static var current: Ledger?

  package let budget: RunBudget
  private let asked = Atomic(0)

  package init(_ budget: RunBudget) { self.budget = budget }

  /// The elements that were asked for.
  package var elements: Int { asked.load(ordering: .relaxed) }

  /// Asks for elements of a new tensor.
  ///
  /// - Throws: `limitReached` where the memory for them is not to be had, or too many were made.
  package func ask(elements: Int) throws(EvaluationError) {
    try budget.check(bytes: elements.multipliedClamped(by: 8))
    try budget.count(operations: elements.multipliedClamped(by: RunBudget.operationsPerElement))
    asked.add(elements, ordering: .relaxed)
  }

  /// Counts work beyond making elements, as the multiplications of a product.
  ///
  /// - Parameters:
  ///   - sizes: Their product is the number of steps.
  ///   - cost: What a step counts as, where a multiplication of a product counts as one.
  /// - Throws: `limitReached` where it is too much.
  package static func count(_ sizes: Int..., cost: Int = 1) throws(EvaluationError) {
    try current?.budget.count(operations: sizes.reduce(cost) { $0.multipliedClamped(by: $1) })
  }

  /// Checks that a node can have memory beside its tensors.
  package static func check(_ sizes: Int..., bytes: Int = 8) throws(EvaluationError) {
    try current?.budget.check(bytes: sizes.reduce(bytes) { $0.multipliedClamped(by: $1) })
  }

  /// Notes elements that another node has asked for, and that this one hands on.
  package func pass(elements: Int) { asked.add(elements, ordering: .relaxed) }
}
