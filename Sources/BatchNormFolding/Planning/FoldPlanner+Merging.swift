/// Norms that other norms take in.
extension FoldPlanner {
  /// Moves norms into norms that stay, backward or forward first, whichever leaves fewer.
  ///
  /// A norm that has taken others in stays.
  mutating func mergeAll(_ norms: [OperatorID]) throws {
    var other = self
    for id in norms where mayMerge(id) { try mergeBackward(id) }
    for id in norms.reversed() where mayMerge(id) { try mergeForward(id) }
    guard norms.contains(where: isWaiting) else { return }
    for id in norms.reversed() where other.mayMerge(id) { try other.mergeForward(id) }
    for id in norms where other.mayMerge(id) { try other.mergeBackward(id) }
    if norms.count(where: other.isWaiting) < norms.count(where: isWaiting) { self = other }
  }

  private func mayMerge(_ id: OperatorID) -> Bool { isWaiting(id) && drafts[id] == nil }

  private mutating func mergeForward(_ id: OperatorID) throws {
    guard let map = maps[id], let (input, output) = ends(of: id) else { return }
    var proposal = FoldProposal(.merged, isForward: true, mergesIntoNorms: true)
    if try pushOn(map, of: id, from: input, to: output, into: &proposal) == nil {
      make(proposal)
    } else {
      undo(proposal)
    }
  }

  private mutating func mergeBackward(_ id: OperatorID) throws {
    guard let map = maps[id], let (input, output) = ends(of: id) else { return }
    var proposal = FoldProposal(.merged, mergesIntoNorms: true)
    if try pushBack(map, of: id, from: input, to: output, into: &proposal) == nil {
      make(proposal)
    } else {
      undo(proposal)
    }
  }
}
