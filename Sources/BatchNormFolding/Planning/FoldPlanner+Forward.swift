import Tensors

/// Maps on their way to operators behind them.
extension FoldPlanner {
  /// Tries to let everything that reads an operator's output read its input instead.
  ///
  /// - Returns: Why not; the proposal has to be undone then.
  mutating func pushOn(
    _ map: TravellingMap, of id: OperatorID, from input: ValueID, to output: ValueID,
    into proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    proposal.travellers.append(id)
    _ = proposal.remove(id, from: input, to: output, isForward: true)
    let isKept = work.isHandedOut(output, madeFrom: input)
    return try carryOn([Wish(map: map, value: output, isKept: isKept)], &proposal)
  }

  /// Tries to let everything that reads a value read what is left of it once a map is taken away.
  ///
  /// - Returns: Why not; the proposal has to be undone then.
  mutating func pushOn(
    _ map: TravellingMap, keeping value: ValueID, into proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    try carryOn([Wish(map: map, value: value, isKept: true)], &proposal)
  }

  private mutating func carryOn(_ first: [Wish], _ proposal: inout FoldProposal) throws -> DeclineReason? {
    budget.begin()
    var (wishes, queue) = (first, WishQueue())
    if let reason = hand(&wishes, to: &queue, isForward: true) { return reason }
    while let wish = queue.popFirst() {
      let value = wish.value
      if let reason = forwardObstacle(at: value) { return reason }
      if wish.isKept {
        let before = work.changes[value] ?? ValueChange(unchanged: wish.map.view)
        proposal.change(value, from: before) { $0.undone(by: wish.map) }
      }
      var seen: Set<OperatorID> = []
      for consumer in work.consumers[value.index] where seen.insert(consumer).inserted {
        if let reason = try budget.visit(wish.map) ?? push(wish.map, at: value, on: consumer, &wishes, &proposal)
          ?? hand(&wishes, to: &queue, isForward: true)
        {
          return reason
        }
      }
    }
    return nil
  }

  /// Lets one operator read another value than it did.
  private mutating func push(
    _ map: TravellingMap, at value: ValueID, on consumer: OperatorID, _ wishes: inout [Wish],
    _ proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    guard let output = graph[consumer].outputs.first else { return nil }
    switch graph[consumer].role {
    case .linear(let linear):
      return try absorb(map, before: consumer, linear, &proposal)
    case .affine(let affine):
      if let reason = extraOutput(of: consumer) { return reason }
      let isKept = work.isHandedOut(output, madeFrom: value)
      guard proposal.remove(consumer, from: value, to: output, isForward: true) else {
        wishes.append(Wish(map: map, value: output, isKept: isKept))
        return nil
      }
      guard let own = try constantMap(affine, meeting: map.view, proposal), let both = map.followed(by: own)
      else { return unevenConstant(consumer, affine) }
      proposal.passed.append(consumer)
      proposal.travellers.append(consumer)
      wishes.append(Wish(map: both, value: output, isKept: isKept))
    case .carrier(let carrier):
      if carrier.scaleDemand != .positive, let reason = extraOutput(of: consumer) { return reason }
      if let reason = demand(of: carrier, consumer, on: map, proposal) { return reason }
      guard let carried = map.carriedForward(by: carrier.relation(before: map.view)) else {
        guard let row = row(from: consumer, of: map, isForward: true) else { return mixedChannels(consumer) }
        wishes.append(proposal.pass(row))
        return nil
      }
      proposal.passed.append(consumer)
      wishes.append(Wish(map: carried.bound(by: carrier.type), value: output, isKept: true))
    case .concatenation(let concatenation):
      // A value that is joined to itself is several parts, which one after the other go on.
      for (part, input) in work.inputs(of: consumer).enumerated() where input == value {
        let whole = concatenation.view(of: part).flatMap { map.spread(over: $0) } ?? map
        guard let carried = whole.carriedForward(by: concatenation.relation(of: part, before: whole.view)) else {
          return mixedChannels(consumer)
        }
        wishes.append(Wish(map: carried, value: output, isKept: true))
      }
      proposal.passed.append(consumer)
    case .split(let split):
      proposal.passed.append(consumer)
      for (part, output) in graph[consumer].outputs.enumerated() {
        guard let carried = map.carriedForward(by: split.relation(of: part, before: map.view)) else {
          return mixedChannels(consumer)
        }
        wishes.append(Wish(map: carried, value: output, isKept: true))
      }
    case .passage:
      proposal.passed.append(consumer)
      for (input, output) in zip(work.inputs(of: consumer), graph[consumer].outputs) where input == value {
        wishes.append(Wish(map: map, value: output, isKept: true))
      }
    case .normalization:
      guard proposal.mergesIntoNorms, let form = normForm(consumer) else { return missingConsumer(consumer) }
      return try absorb(map, before: consumer, form, &proposal)
    case .sum, .opaque:
      return missingConsumer(consumer)
    }
    return nil
  }
}
