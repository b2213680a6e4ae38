import Tensors

/// Proposals that are made or undone.
extension FoldPlanner {
  mutating func make(_ proposal: FoldProposal) {
    for removal in proposal.removals {
      let (input, output) = (work.resolve(removal.input), work.resolve(removal.output))
      if work.isHandedOut(output, madeFrom: input) {
        work.handOn(removal.id, as: output)
      } else if removal.isForward || isBetweenScopes(input, output) {
        work.removeForward(removal.id, from: input, to: output)
      } else {
        work.removeBackward(removal.id, from: input, to: output)
      }
    }
    if let removal = proposal.succession { work.removeForward(removal.id, from: removal.input, to: removal.output) }
    if let (sum, branch) = proposal.leftOut { work.leaveOut(branch, of: sum) }
    if let norm = proposal.detached, let (input, _) = ends(of: norm) { work.detach(norm, from: work.resolve(input)) }
    for (value, change) in proposal.changes {
      let successor = work.resolve(value)
      // Where it has become one with another that changes too, that is what goes on.
      if successor == value || proposal.changes[successor] == nil { work.change(successor, to: change) }
    }
    var seen: Set<OperatorID> = []
    let targets = proposal.targets.map(\.id).filter { seen.insert($0).inserted }
    let through = graph.inOrder(proposal.passed)
    for id in proposal.travellers {
      moves[id] = MadeMove(
        targets: targets, through: through, direction: proposal.direction, addedBytes: proposal.addedBytes)
      reasons[id] = nil
    }
    for target in targets { drafts[target]?.note(proposal.travellers) }
  }

  /// Makes a proposal, or undoes one that was declined.
  ///
  /// - Returns: Whether it was made.
  @discardableResult
  mutating func conclude(_ proposal: FoldProposal, _ reason: DeclineReason?) -> Bool {
    guard let reason else {
      make(proposal)
      return true
    }
    undo(proposal)
    // Whatever else stood in its way, this one was not looked at to the end.
    if reason.code == .searchLimit { for id in proposal.travellers { reasons[id] = reason } }
    return false
  }

  mutating func undo(_ proposal: FoldProposal) {
    if proposal.isContended { contenders.formUnion(proposal.travellers) }
    for (id, before) in proposal.targets.reversed() {
      if let before {
        drafts[id]?.restore(before)
      } else {
        drafts[id] = nil
        draftOrder.removeLast()
      }
    }
  }
}
