/// Constants that move without a norm.
extension FoldPlanner {
  /// Moves an operator with a constant that no norm has taken along.
  mutating func moveConstant(_ id: OperatorID, _ affine: ConstantAffine) throws {
    guard !work.isRemoved[id.index], refusals[id] == nil, let (input, output) = ends(of: id), let view = affine.view
    else { return }
    // Constants of a whole transformer are not read for nothing.
    let isBackward = obstacle(at: work.resolve(input)) == nil && isPassable(work.producer(of: work.resolve(input)))
    let made = work.resolve(output)
    // What an operator lacks a place for is its bias, and stays with it.
    let isBias = affine.operation == .addition && isWithoutBias(work.producer(of: work.resolve(input)))
    let isForward = !isBias && forwardObstacle(at: made) == nil && work.consumers[made.index].allSatisfy(isPassable)
    guard isBackward || isForward, let map = try constantMap(affine, over: view) else { return }
    if isBackward {
      var proposal = FoldProposal(
        .backward, mergesIntoNorms: true, movesNorm: false, isWorthAddition: affine.scales)
      let reason = try pushBack(map, of: id, from: input, to: output, into: &proposal)
      if conclude(proposal, reason) { return }
    }
    guard isForward else { return }
    var proposal = FoldProposal(
      .forward, isForward: true, mergesIntoNorms: true, movesNorm: false, isWorthAddition: false)
    let reason = try pushOn(map, of: id, from: input, to: output, into: &proposal)
    conclude(proposal, reason)
  }

  private func isWithoutBias(_ id: OperatorID?) -> Bool {
    guard let id, let linear = graph[id].linear else { return false }
    return !linear.holdsBias
  }

  private func isPassable(_ id: OperatorID?) -> Bool {
    guard let id else { return false }
    if case .opaque = graph[id].role { return false }
    return true
  }
}
