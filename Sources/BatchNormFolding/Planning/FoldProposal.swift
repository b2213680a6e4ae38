import Tensors

/// What one move of a map would do, tried before it is made.
struct FoldProposal {
  /// How an operator disappears.
  struct Removal {
    let id: OperatorID
    let input: ValueID
    let output: ValueID

    /// Whether its readers read its input instead; else what makes its input makes its output.
    let isForward: Bool
  }

  let direction: FoldPlan.Direction

  /// Whether the map moves to what reads it.
  let isForward: Bool

  /// Whether norms that stay may absorb the map.
  let mergesIntoNorms: Bool

  /// Whether a norm is among what moves; else it is only constants.
  let movesNorm: Bool

  /// Whether a map alone, without a norm, may make an addition necessary.
  let isWorthAddition: Bool

  /// The operators whose maps travel, in the order of their application.
  var travellers: [OperatorID] = []

  private(set) var removals: [Removal] = []
  private var removed: Set<OperatorID> = []

  /// A sum whose output goes on under the name of its only branch.
  var succession: Removal?

  /// A sum of several branches, and the one that it does without.
  var leftOut: (sum: OperatorID, branch: ValueID)?

  /// A norm whose output nothing reads any more.
  var detached: OperatorID?

  /// What values become, with what they were before.
  private(set) var changes: [ValueID: ValueChange] = [:]

  /// The operators that are passed, in the order in which they are.
  var passed: [OperatorID] = []

  /// The operators that absorb the map, with what they were before.
  var targets: [(id: OperatorID, before: LinearDraft.Checkpoint?)] = []

  /// Additions that may hold the bias of the operators right before them.
  var holders: [OperatorID: OperatorID] = [:]

  /// Bytes of weights that have to be copied because something else reads them, and of biases that operators without
  /// one need an addition for.
  var addedBytes = 0

  /// Whether an operator declines that has taken in others before.
  private(set) var isContended = false

  /// Notes what an operator answers, with what it has taken in before.
  mutating func answer(_ reason: DeclineReason?, of draft: LinearDraft?) -> DeclineReason? {
    isContended = isContended || (reason != nil && draft?.operators.isEmpty == false)
    return reason
  }

  /// Notes that an operator disappears.
  ///
  /// - Returns: Whether it does so for the first time: the parts of a value may meet it one after the other.
  mutating func remove(
    _ id: OperatorID, from input: ValueID, to output: ValueID, isForward: Bool = false
  ) -> Bool {
    guard removed.insert(id).inserted else { return false }
    removals.append(Removal(id: id, input: input, output: output, isForward: isForward))
    return true
  }

  /// Notes that a value changes once more; its parts may on ways of their own.
  mutating func change(_ value: ValueID, from before: ValueChange, by change: (ValueChange) -> ValueChange) {
    changes[value] = change(changes[value] ?? before)
  }

  /// Notes that a value becomes what is no map of what it was.
  mutating func changeBeyondMaps(_ value: ValueID) { changes[value] = .unmappable }

  init(
    _ direction: FoldPlan.Direction, isForward: Bool = false, mergesIntoNorms: Bool = false,
    movesNorm: Bool = true, isWorthAddition: Bool = true
  ) {
    self.direction = direction
    self.isForward = isForward
    self.mergesIntoNorms = mergesIntoNorms
    self.movesNorm = movesNorm
    self.isWorthAddition = isWorthAddition
  }
}
