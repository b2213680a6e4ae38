import Tensors

/// Maps on their way to operators before them.
extension FoldPlanner {
  /// Tries to let everything that makes an operator's input make its output instead.
  ///
  /// - Parameters:
  ///   - map: What the operator does.
  ///   - removed: The operator that reads the input, if it is another one.
  /// - Returns: Why not; the proposal has to be undone then.
  mutating func pushBack(
    _ map: TravellingMap, of id: OperatorID, removing removed: OperatorID? = nil, from input: ValueID,
    to output: ValueID, into proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    proposal.travellers.append(id)
    _ = proposal.remove(removed ?? id, from: input, to: output)
    return try carryBack([Wish(map: map, value: input, isKept: isBetweenScopes(input, output))], &proposal)
  }

  /// Tries to let everything that makes a value make what a map makes of it.
  ///
  /// - Returns: Why not; the proposal has to be undone then.
  mutating func pushBack(
    _ map: TravellingMap, keeping value: ValueID, into proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    try carryBack([Wish(map: map, value: value, isKept: true)], &proposal)
  }

  /// Whether an operator reads a value from outside its own scope, where that cannot go by its output's name.
  mutating func isBetweenScopes(_ input: ValueID, _ output: ValueID) -> Bool {
    work.comesFromOutside(work.resolve(input), to: work.resolve(output))
  }

  private mutating func carryBack(_ first: [Wish], _ proposal: inout FoldProposal) throws -> DeclineReason? {
    budget.begin()
    var (wishes, queue) = (first, WishQueue())
    if let reason = hand(&wishes, to: &queue, isForward: false) { return reason }
    while let wish = queue.popFirst() {
      let value = wish.value
      guard let producer = work.producer(of: value), mayAbsorb(producer, proposal), speaks(producer, of: value) else {
        return missingProducer(of: value)
      }
      if case .carrier(let carrier) = graph[producer].role,
        let reason = demand(of: carrier, producer, on: wish.map, proposal)
      {
        return reason
      }
      if let reason = obstacle(at: value) { return reason }
      if wish.isKept {
        let before = work.changes[value] ?? ValueChange(unchanged: wish.map.view)
        proposal.change(value, from: before) { $0.followed(by: wish.map) }
      }
      if let reason = try push(wish.map, at: value, back: producer, &wishes, &proposal)
        ?? hand(&wishes, to: &queue, isForward: false)
      {
        return reason
      }
    }
    return nil
  }

  /// Lets wishes wait for their turn, each before those that it may lead to.
  ///
  /// - Returns: Why the search ends, nil where it goes on.
  mutating func hand(_ wishes: inout [Wish], to queue: inout WishQueue, isForward: Bool) -> DeclineReason? {
    defer { wishes.removeAll(keepingCapacity: true) }
    for wish in wishes {
      if let reason = budget.visit(wish.map) { return reason }
      let value = work.resolve(wish.value)
      if queue.contains(value), let reason = isForward ? forwardObstacle(at: value) : obstacle(at: value) {
        return reason
      }
      let producer = work.producer(of: value)?.index
      let rank = isForward ? producer ?? -1 : producer.map { -$0 } ?? .min
      guard queue.add(Wish(map: wish.map, value: value, isKept: wish.isKept), rank: rank) else {
        return DeclineReason(
          .channelAxisDiffers, "the value '\(graph[value].name)' beside it would be scaled along two axes")
      }
    }
    return nil
  }

  /// Whether an operator can at all make another value than it did.
  private func mayAbsorb(_ id: OperatorID, _ proposal: FoldProposal) -> Bool {
    switch graph[id].role {
    case .opaque: false
    case .normalization: proposal.mergesIntoNorms
    default: true
    }
  }

  /// Whether what an operator's role says of what it makes is said of a value: of the first output, where a role does not
  /// tell of each.
  private mutating func speaks(_ id: OperatorID, of value: ValueID) -> Bool {
    switch graph[id].role {
    case .split, .passage: true
    default: graph[id].outputs.count < 2 || graph[id].outputs.first.map { work.resolve($0) } == value
    }
  }

  /// Lets one operator make another value than it did.
  private mutating func push(
    _ map: TravellingMap, at value: ValueID, back producer: OperatorID, _ wishes: inout [Wish],
    _ proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    switch graph[producer].role {
    case .linear(let linear):
      if let reason = extraOutput(of: producer) { return reason }
      return try absorb(map, behind: producer, linear, &proposal)
    case .affine(let affine):
      return try push(map, back: producer, affine, &wishes, &proposal)
    case .carrier(let carrier):
      return push(map, back: producer, carrier, &wishes, &proposal)
    case .concatenation(let concatenation):
      proposal.passed.append(producer)
      for (part, input) in work.inputs(of: producer).enumerated() {
        guard let carried = map.carriedBack(by: concatenation.relation(of: part, behind: map.view)) else {
          return mixedChannels(producer)
        }
        wishes.append(Wish(map: carried, value: input, isKept: true))
      }
      return nil
    case .split(let split):
      return push(map, at: value, back: producer, split, &wishes, &proposal)
    case .passage:
      guard let input = work.handedIn(for: value, by: producer) else { return mixedChannels(producer) }
      proposal.passed.append(producer)
      wishes.append(Wish(map: map, value: input, isKept: true))
      return nil
    case .sum(let sum):
      proposal.passed.append(producer)
      let branches = work.branches(of: producer)
      let shifted = branches[branchForShift(of: branches.map(\.value))].number
      for (branch, input) in branches {
        guard let view = sum.view(of: branch, in: map.view) else { return mixedChannels(producer) }
        // One branch has the shift, that of a subtrahend turned round; the others are scaled alone.
        let whole = sum.isDifference && branch > 0 ? map.turnedRound : map
        let part = branch == shifted ? whole : map.linearPart
        wishes.append(
          Wish(
            map: TravellingMap(affine: part.affine, view: view, types: map.types), value: input, isKept: true)
        )
      }
      return nil
    case .normalization:
      guard proposal.mergesIntoNorms, let form = normForm(producer) else { return missingProducer(of: value) }
      return try absorb(map, behind: producer, form, &proposal)
    case .opaque:
      return missingProducer(of: value)
    }
  }

  private mutating func push(
    _ map: TravellingMap, back producer: OperatorID, _ affine: ConstantAffine, _ wishes: inout [Wish],
    _ proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    if let reason = extraOutput(of: producer) { return reason }
    guard affine.foldsAlone || proposal.movesNorm else {
      return DeclineReason(.excluded, "the \(title(of: producer)) before it folds only with a norm")
    }
    guard let own = try constantMap(affine, meeting: map.view, proposal), let (input, output) = ends(of: producer)
    else { return try push(map, back: producer, branch: affine, &wishes, &proposal) }
    guard proposal.remove(producer, from: input, to: output) else {
      wishes.append(Wish(map: map, value: input, isKept: isBetweenScopes(input, output)))
      return nil
    }
    guard let both = own.followed(by: map) else { return otherChannels(producer, affine, own, than: map) }
    let isKept = isBetweenScopes(input, output)
    if affine.operation == .addition, !isKept, let before = linearProducer(of: input) {
      proposal.holders[before] = producer
    }
    proposal.passed.append(producer)
    proposal.travellers.append(producer)
    wishes.append(Wish(map: both, value: input, isKept: isKept))
    return nil
  }

  /// Scales a constant that is added, which varies along more than the channels, like one branch of a sum.
  private mutating func push(
    _ map: TravellingMap, back producer: OperatorID, branch affine: ConstantAffine, _ wishes: inout [Wish],
    _ proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    guard let input = graph[producer].inputs.first, let form = branchForm(producer, affine, map.view) else {
      return unevenConstant(producer, affine)
    }
    proposal.passed.append(producer)
    let isSubtracted = affine.operation == .reversedSubtraction
    wishes.append(Wish(map: isSubtracted ? map.turnedRound : map, value: input, isKept: true))
    return try absorb(map.linearPart, behind: producer, form, &proposal)
  }

  /// The linear operator whose output a value is, handed on at most.
  private mutating func linearProducer(of value: ValueID) -> OperatorID? {
    var value = work.resolve(value)
    while let producer = work.producer(of: value) {
      if graph[producer].linear != nil { return producer }
      guard case .carrier(let carrier) = graph[producer].role, carrier.isIdentity,
        let input = graph[producer].inputs.first
      else { return nil }
      value = work.resolve(input)
    }
    return nil
  }

  private mutating func push(
    _ map: TravellingMap, back producer: OperatorID, _ carrier: ChannelCarrier, _ wishes: inout [Wish],
    _ proposal: inout FoldProposal
  ) -> DeclineReason? {
    guard let (input, output) = ends(of: producer) else { return mixedChannels(producer) }
    if carrier.scaleDemand != .positive, let reason = extraOutput(of: producer) { return reason }
    guard let carried = map.carriedBack(by: carrier.relation(behind: map.view)) else {
      guard let row = row(from: producer, of: map, isForward: false) else { return mixedChannels(producer) }
      wishes.append(proposal.pass(row))
      return nil
    }
    proposal.passed.append(producer)
    if carrier.isIdentity { _ = proposal.remove(producer, from: input, to: output) }
    let isKept = !carrier.isIdentity || isBetweenScopes(input, output)
    wishes.append(Wish(map: carried.bound(by: carrier.type), value: input, isKept: isKept))
    return nil
  }

  private mutating func push(
    _ map: TravellingMap, at value: ValueID, back producer: OperatorID, _ split: ChannelSplit,
    _ wishes: inout [Wish], _ proposal: inout FoldProposal
  ) -> DeclineReason? {
    let outputs = graph[producer].outputs
    if map.view.axis != split.axis, let other = outputs.first(where: { work.resolve($0) != value && graph.isRead($0) })
    {
      return DeclineReason(
        .activationShared, "the output '\(graph[other].name)' of the \(title(of: producer)) before it is read too")
    }
    guard let part = outputs.indices.first(where: { work.resolve(outputs[$0]) == value }),
      let carried = map.carriedBack(by: split.relation(of: part, behind: map.view)),
      let input = graph[producer].inputs.first
    else { return mixedChannels(producer) }
    proposal.passed.append(producer)
    if map.view.axis != split.axis {
      // What nobody reads changes with the rest.
      for output in outputs where work.resolve(output) != value {
        proposal.change(output, from: ValueChange(unchanged: map.view)) { $0.followed(by: map) }
      }
    }
    wishes.append(Wish(map: carried, value: input, isKept: true))
    return nil
  }
}
