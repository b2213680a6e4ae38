import Tensors

/// Norms that other norms take in.
extension FoldPlanner {
  /// Moves norms into norms that stay.
  ///
  /// A norm that has taken others in stays.
  mutating func mergeAll(_ norms: [OperatorID]) throws {
    for id in norms { try merge(id, isForward: false) }
    for id in norms.reversed() { try merge(id, isForward: true) }
  }

  private func mayMerge(_ id: OperatorID) -> Bool { isWaiting(id) && drafts[id] == nil }

  mutating func merge(_ id: OperatorID, isForward: Bool) throws {
    guard mayMerge(id), let map = maps[id], let (input, output) = ends(of: id) else { return }
    var proposal = FoldProposal(.merged, isForward: isForward, mergesIntoNorms: true)
    let reason =
      isForward
      ? try pushOn(map, of: id, from: input, to: output, into: &proposal)
      : try pushBack(map, of: id, from: input, to: output, into: &proposal)
    conclude(proposal, reason)
  }
}
