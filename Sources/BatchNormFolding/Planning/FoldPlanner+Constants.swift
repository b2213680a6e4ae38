import Tensors

/// Constants that move without a norm.
extension FoldPlanner {
  /// Moves an operator with a constant that no norm has taken along.
  mutating func moveConstant(_ id: OperatorID, _ affine: ConstantAffine) throws {
    guard !work.isRemoved[id.index], !graph[id].isIdle, refusals[id] == nil, let (input, output) = ends(of: id),
      let view = affine.view
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

// MARK: - Their maps

extension FoldPlanner {
  /// The map of an operator with a constant.
  func constantMap(_ affine: ConstantAffine, over view: ChannelView) throws -> TravellingMap? {
    guard graph[affine.constant].storage != nil else { return nil }
    let values = try constants.elements(of: affine.constant)
    guard values.count == view.count else { return nil }
    return constantMap(affine, values, over: view)
  }

  /// The map of an operator with a constant that another map meets, which a constant of several axes is too where its
  /// elements differ along that map's axis alone.
  ///
  /// - Returns: nil where it is none along the same axis.
  /// - Complexity: O(elements).
  func constantMap(
    _ affine: ConstantAffine, meeting view: ChannelView, _ proposal: FoldProposal
  ) throws -> TravellingMap? {
    if let own = affine.view, own.axis == nil || view.axis == nil || own.axis == view.axis {
      return try constantMap(affine, over: own)
    }
    let constant = graph[affine.constant]
    // Constants of a whole transformer are not read for nothing.
    guard proposal.movesNorm, affine.keepsShape, constant.storage != nil,
      let map = affine.channels(along: view.axis, in: constant.shape)
    else { return nil }
    var visitor = ChannelValueVisitor(map: map)
    try constants.visit(affine.constant, by: &visitor)
    guard let values = visitor.values, !values.isEmpty else { return nil }
    let own = view.axis.map { values.count > 1 ? .axis($0, count: values.count) : .uniform } ?? ChannelView.uniform
    return constantMap(affine, values, over: own)
  }

  private func constantMap(_ affine: ConstantAffine, _ values: [Double], over view: ChannelView) -> TravellingMap {
    let map = ChannelAffine(channels: view.count, steps: affine.steps(values))
    let type = TypeBound(of: graph[affine.constant], "'\(graph[affine.constant].name)' beside it")
    return TravellingMap(affine: map, view: view, types: [type])
  }
}
