import Tensors

/// Norms on an identity branch, which an operator beside them absorbs (RepVGG, Ding et al. 2021).
extension FoldPlanner {
  /// A value that a tree of sums adds up, and the sum that reads it.
  private struct Branch {
    let value: ValueID
    let sum: OperatorID
  }

  /// Tries to let an operator that reads what a norm reads, and is added to what it makes, add that itself.
  mutating func moveSideways(_ id: OperatorID) throws {
    budget.begin()
    guard let map = maps[id], let (start, end) = ends(of: id), let input = Optional(work.resolve(start)),
      let output = Optional(work.resolve(end)), let sum = onlySum(reading: output),
      work.consumers[input.index].contains(where: { graph[$0].linear?.identityElements != nil })
    else { return }
    guard let branches = branches(around: sum) else {
      reasons[id] = budget.obstacle
      return
    }
    for branch in branches where branch.value != output {
      guard let producer = work.producer(of: branch.value), let linear = graph[producer].linear,
        work.inputs(of: producer) == [input], isFree(branch.value)
      else { continue }
      var proposal = FoldProposal(.sideways)
      proposal.travellers = [id]
      if try absorb(map, beside: producer, linear, &proposal) == nil,
        shorten(sum, by: id, output, branch, &proposal)
      {
        make(proposal)
        return
      }
      undo(proposal)
    }
  }

  private mutating func absorb(
    _ map: TravellingMap, beside id: OperatorID, _ linear: LinearOperator, _ proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    let own = ChannelView.axis(linear.channelAxis, count: linear.channels)
    guard map.view == own, linear.identityElements?.count == own.count, linear.holdsBias else {
      return mismatch(map.view, with: own, at: id)
    }
    if let reason = typeMismatch(map, with: linear) ?? keptParameter(of: linear) { return reason }
    try begin(id, linear, &proposal)
    return proposal.answer(drafts[id]?.absorb(beside: map.affine), of: drafts[id])
  }

  /// The sum that alone reads a value, once.
  private func onlySum(reading value: ValueID) -> OperatorID? {
    guard isFree(value), let reader = work.consumers[value.index].first, let sum = sum(reader), !sum.isDifference
    else { return nil }
    return reader
  }

  private func sum(_ id: OperatorID) -> BranchSum? {
    if case .sum(let sum) = graph[id].role, !work.isRemoved[id.index] { sum } else { nil }
  }

  /// Whether a value has one reader, and nothing else keeps it.
  private func isFree(_ value: ValueID) -> Bool {
    graph[value].pins.isEmpty && work.consumers[value.index].count == 1 && work.foreignReaderCount(of: value) == 0
  }

  /// What all sums that a sum is a part of add up.
  ///
  /// - Returns: nil where the search ended before.
  /// - Complexity: O(sums and their branches).
  private mutating func branches(around id: OperatorID) -> [Branch]? {
    guard let top = sums(from: id).last else { return [] }
    var result: [Branch] = []
    var pending = work.inputs(of: top).map { Branch(value: $0, sum: top) }
    var count = 0
    while let branch = pending.popLast() {
      count += 1
      if count % SearchBudget.branchesPerVisit == 0, budget.visit() != nil { return nil }
      if isFree(branch.value), let producer = work.producer(of: branch.value), let inner = sum(producer),
        !inner.isDifference
      {
        pending += work.inputs(of: producer).map { Branch(value: $0, sum: producer) }
      } else {
        result.append(branch)
      }
    }
    return result.sorted { $0.value.index < $1.value.index }
  }

  /// Leaves a norm's output out of a sum.
  ///
  /// Where one other branch is left, it takes the sum's place.
  ///
  /// - Returns: Whether that is possible.
  private mutating func shorten(
    _ sum: OperatorID, by norm: OperatorID, _ output: ValueID, _ branch: Branch, _ proposal: inout FoldProposal
  ) -> Bool {
    let others = work.inputs(of: sum).filter { $0 != output }
    guard let other = others.first, let made = graph[sum].outputs.first, !isBetweenScopes(other, made) else {
      return false
    }
    let result = work.resolve(made)
    let (path, otherPath) = (sums(from: sum), sums(from: branch.sum))
    guard budget.visit((path.count + otherPath.count) / SearchBudget.branchesPerVisit) == nil,
      let common = otherPath.first(where: Set(path).contains)
    else { return false }
    // Up to where both are added, the one has the norm too early and the other not yet.
    let early = otherPath.prefix { $0 != common } + path.prefix { $0 != common }
    let changed = [branch.value] + early.compactMap { graph[$0].outputs.first }.map { work.resolve($0) }
    proposal.detached = norm
    if others.count > 1 {
      proposal.leftOut = (sum, output)
      for value in changed { proposal.changeBeyondMaps(value) }
      return true
    }
    if isFree(other) {
      _ = proposal.remove(sum, from: other, to: result)
      for value in changed where value != other { proposal.changeBeyondMaps(value) }
    } else {
      guard graph[result].pins.isEmpty else { return false }
      proposal.succession = .init(id: sum, input: other, output: result, isForward: true)
      for value in changed where value != result { proposal.changeBeyondMaps(value) }
    }
    return true
  }

  /// A sum and those that it is a part of, from the nearest on.
  private mutating func sums(from id: OperatorID) -> [OperatorID] {
    var path = [id]
    var place = id
    while let output = graph[place].outputs.first, case let value = work.resolve(output), isFree(value),
      let reader = work.consumers[value.index].first, let next = sum(reader), !next.isDifference
    {
      path.append(reader)
      place = reader
    }
    return path
  }
}
