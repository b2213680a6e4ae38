import Tensors

/// The plan, when nothing moves any more.
extension FoldPlanner {
  struct Failure: Error {
    /// Of each fold that cannot be, what it absorbed last, and why.
    let reasons: [OperatorID: DeclineReason]
  }

  /// The plan, or what has to stay after all.
  mutating func finished() throws -> Result<FoldPlan, Failure> {
    var folds: [Fold] = []
    folds.reserveCapacity(draftOrder.count)
    var indices: [OperatorID: Int] = [:]
    var failures: [OperatorID: DeclineReason] = [:]
    // What had a part in two folds that cannot be may not be in the way of the second alone.
    var failed: Set<OperatorID> = []
    for id in draftOrder {
      guard let draft = drafts[id] else { continue }
      let norms = draft.operators.filter { graph[$0].normalization != nil }
      switch try draft.finished(norms: norms, constants: constants) {
      case .success(let fold):
        indices[id] = folds.count
        folds.append(fold)
      case .failure(let refusal):
        guard let last = draft.operators.last else { preconditionFailure("a draft must have absorbed something") }
        if failed.isDisjoint(with: draft.operators) { failures[last] = refusal.reason }
        failed.formUnion(draft.operators)
      }
    }
    guard failures.isEmpty else { return .failure(Failure(reasons: failures)) }
    func move(of id: OperatorID) -> FoldPlan.Move? {
      let twin = twins[id]
      guard let made = moves[twin ?? id] else {
        return twin.map { FoldPlan.Move(folds: [], twin: $0, through: [], direction: .merged) }
      }
      return FoldPlan.Move(
        folds: made.targets.compactMap { indices[$0] }, twin: nil, through: made.through, direction: made.direction)
    }
    let outcomes = graph.normalizations.map { id in
      let result: FoldPlan.Outcome.Result =
        move(of: id).map { .moved($0) }
        ?? .declined(reasons[id] ?? DeclineReason(.noLinearProducer, "nothing near it absorbs it"))
      return FoldPlan.Outcome(norm: id, result: result, warnings: warnings[id] ?? [])
    }
    var gone = Set(work.isRemoved.indices.filter { work.isRemoved[$0] }.map(OperatorID.init))
    // An addition that holds a bias stays as a node.
    for fold in folds { if case .addition(let holder)? = fold.bias?.holder { gone.remove(holder) } }
    let constants = graph.operators.indices.map(OperatorID.init).filter {
      graph[$0].affine != nil && gone.contains($0)
    }
    return .success(
      FoldPlan(
        folds: folds, outcomes: outcomes, constants: constants.compactMap { id in move(of: id).map { (id, $0) } },
        removed: gone.subtracting(work.handedOn.keys), workedOut: workedOut, successors: work.succeeded,
        changes: work.changes, leftOut: work.leftOut, handedOn: work.handedOn))
  }
}
