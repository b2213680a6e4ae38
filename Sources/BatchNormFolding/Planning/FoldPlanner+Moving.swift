import Tensors

/// Norms that move to operators with weights.
extension FoldPlanner {
  /// Removes a norm where nothing takes notice of what it makes, so that nothing has to absorb it.
  mutating func removeIdle(_ id: OperatorID) {
    guard graph[id].isIdle, let (input, output) = ends(of: id), graph[output].pins.isEmpty else { return }
    var proposal = FoldProposal(.forward, isForward: true)
    proposal.travellers = [id]
    _ = proposal.remove(id, from: input, to: output, isForward: true)
    if work.isHandedOut(output, madeFrom: input) { proposal.changeBeyondMaps(output) }
    make(proposal)
  }

  /// Removes a norm of a constant, which nothing has to absorb, where nothing before it does.
  mutating func workOut(_ id: OperatorID) throws {
    guard graph[id].normalization?.isOfConstant == true, let (input, _) = ends(of: id) else { return }
    try moveBackward(id)
    guard isWaiting(id) else { return }
    work.detach(id, from: work.resolve(input))
    moves[id] = MadeMove(targets: [], through: [], direction: .backward, addedBytes: 0)
    reasons[id] = nil
    workedOut.append(id)
  }

  mutating func moveBackward(_ id: OperatorID) throws {
    guard let map = maps[id], let (input, output) = ends(of: id) else { return }
    var proposal = FoldProposal(.backward)
    if let reason = try pushBack(map, of: id, from: input, to: output, into: &proposal) {
      undo(proposal)
      reasons[id] = reason
      if reason.code == .overflowsStorage, try moveBalanced(id, map) { return }
      try moveBackwardTogether(id, map)
      return
    }
    if proposal.addedBytes > 0 {
      // A way that copies no weight, and needs no addition, is better.
      undo(proposal)
      var other = FoldProposal(.forward, isForward: true)
      if try pushOn(map, of: id, from: input, to: output, into: &other) == nil,
        other.addedBytes < proposal.addedBytes
      {
        make(other)
        return
      }
      undo(other)
      proposal = FoldProposal(.backward)
      if let reason = try pushBack(map, of: id, from: input, to: output, into: &proposal) {
        undo(proposal)
        reasons[id] = reason
        return
      }
    }
    make(proposal)
  }

  /// Moves a norm with the norm right before it, where neither could go alone.
  private mutating func moveBackwardTogether(_ id: OperatorID, _ map: TravellingMap) throws {
    guard let input = graph[id].inputs.first, case let value = work.resolve(input),
      let former = work.producer(of: value), isWaiting(former), let formerMap = maps[former],
      work.readerCount(of: value) == 1, graph[value].pins.isEmpty, let (start, end) = ends(of: former),
      let together = formerMap.followed(by: map), let (_, output) = ends(of: id), !isBetweenScopes(end, output)
    else { return }
    var proposal = FoldProposal(.backward)
    proposal.travellers.append(former)
    _ = proposal.remove(id, from: end, to: output)
    let reason = try pushBack(together, of: id, removing: former, from: start, to: end, into: &proposal)
    conclude(proposal, reason)
  }

  mutating func moveForward(_ id: OperatorID) throws {
    guard let map = maps[id], let (input, output) = ends(of: id) else { return }
    var proposal = FoldProposal(.forward, isForward: true)
    let reason = try pushOn(map, of: id, from: input, to: output, into: &proposal)
    guard !conclude(proposal, reason), let reason, reason.code != .searchLimit else { return }
    if let known = reasons[id], known.code == .noLinearProducer, graph.isRead(work.resolve(output)) {
      reasons[id] = DeclineReason(reason.isAboutOperator ? reason.code : known.code, "\(known.text); \(reason.text)")
    }
  }

  /// The value that an operator reads, and the one that it writes.
  func ends(of id: OperatorID) -> (input: ValueID, output: ValueID)? {
    guard let input = graph[id].inputs.first, let output = graph[id].outputs.first else { return nil }
    return (input, output)
  }
}
