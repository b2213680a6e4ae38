/// What becomes of each norm of a graph.
package struct FoldPlan: Sendable {
  /// What became of one norm.
  package struct Outcome: Sendable {
    package enum Result: Sendable {
      /// Absorbed by a fold, through the operators named, in order from the linear one.
      case folded(fold: Int, through: [OperatorID])
      case declined(DeclineReason)
    }

    package let norm: OperatorID
    package let result: Result
    package let warnings: [FoldWarning]
  }

  package let folds: [Fold]

  /// One for each norm, in order.
  package let outcomes: [Outcome]
}
