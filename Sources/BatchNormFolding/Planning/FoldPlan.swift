package import Tensors

/// What becomes of each norm of a graph.
package struct FoldPlan: Sendable {
  /// Where a map went.
  package enum Direction: String, Sendable {
    /// Into operators before it.
    case backward
    /// Into operators behind it.
    case forward
    /// Into an operator beside it.
    case sideways
    /// Into other norms.
    case merged
  }

  /// How an operator left the graph.
  package struct Move: Sendable {
    /// The folds that took it in; none where a twin does the same.
    package let folds: [Int]

    /// The norm that stays and does what this one did, from the same value.
    package let twin: OperatorID?

    /// What it passed, in execution order.
    package let through: [OperatorID]
    package let direction: Direction
  }

  /// What became of one norm.
  package struct Outcome: Sendable {
    package enum Result: Sendable {
      case moved(Move)
      case declined(DeclineReason)
    }

    package let norm: OperatorID
    package let result: Result
    package let warnings: [FoldWarning]
  }

  package let folds: [Fold]

  /// One for each norm, in order.
  package let outcomes: [Outcome]

  /// How each operator with a constant left that did, in order.
  package let constants: [(id: OperatorID, move: Move)]

  /// All operators that are no longer needed.
  package let removed: Set<OperatorID>

  /// The norms among them of which what they make of constants is stored instead, in order.
  package let workedOut: [OperatorID]

  /// Values that have become one with others, which are what producers write and consumers read now.
  package let successors: [ValueID: ValueID]

  /// Values whose contents are no longer what their names stood for.
  package let changes: [ValueID: ValueChange]

  /// Branches that sums of several do without, since an operator beside them makes them too.
  package let leftOut: [OperatorID: Set<ValueID>]

  /// Operators of which only handing their input on is left, with what they hand it on as.
  package let handedOn: [OperatorID: ValueID]

  /// Whether nothing changes.
  package var isEmpty: Bool { folds.isEmpty && removed.isEmpty && handedOn.isEmpty }

  /// How many norms stay.
  package var declinedCount: Int {
    outcomes.count { if case .declined = $0.result { true } else { false } }
  }
}
