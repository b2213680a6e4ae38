/// Decides for each norm of a graph what absorbs it.
///
/// A norm is a per-channel affine map, and so is the addition or the product of a constant. The planner moves such maps
/// along the graph until linear operators absorb them: first backward, in execution order, then what is left forward,
/// in reverse, then into operators beside it, and last into other norms. A move is tried as a proposal and made only if
/// everything on its way agrees. No move makes another one impossible, but for what the storage type can hold, so most
/// norms go whatever the order.
package struct FoldPlanner<Constants: ConstantReader> {
  let graph: FoldGraph
  let constants: Constants
  let options: PlanOptions

  var work: FoldWorkspace
  var drafts: [OperatorID: LinearDraft] = [:]
  /// The drafts' operators in the order in which they were begun.
  var draftOrder: [OperatorID] = []

  /// How each operator left, with the operators that took it in.
  private var moves: [OperatorID: MadeMove] = [:]
  private var reasons: [OperatorID: DeclineReason] = [:]
  private var warnings: [OperatorID: [FoldWarning]] = [:]
  /// The maps of the norms that may move.
  private(set) var maps: [OperatorID: TravellingMap] = [:]

  /// What an earlier attempt at the plan showed to be impossible.
  private let refusals: [OperatorID: DeclineReason]

  private struct MadeMove {
    let targets: [OperatorID]
    let through: [OperatorID]
    let direction: FoldPlan.Direction
  }

  /// Plans the folds of a graph.
  ///
  /// - Throws: What reading a constant throws.
  /// - Complexity: O(operators + channels of all norms × operators on their ways + bias elements), and the elements of
  ///   weights that maps with a shift go forward into.
  package static func plan(
    _ graph: FoldGraph, constants: Constants, options: PlanOptions = PlanOptions()
  ) throws -> FoldPlan {
    var refusals: [OperatorID: DeclineReason] = [:]
    while true {
      var planner = FoldPlanner(graph: graph, constants: constants, options: options, refusals: refusals)
      try planner.moveAll()
      switch try planner.finished() {
      case .success(let plan): return plan
      // Only the exact bias of a whole fold tells that it overflows; what it absorbed last then stays.
      case .failure(let failure): refusals[failure.last] = failure.reason
      }
    }
  }

  private init(
    graph: FoldGraph, constants: Constants, options: PlanOptions, refusals: [OperatorID: DeclineReason]
  ) {
    self.graph = graph
    self.constants = constants
    self.options = options
    self.refusals = refusals
    work = FoldWorkspace(graph)
  }

  private mutating func moveAll() throws {
    let norms = graph.normalizations
    for id in norms { try read(id) }
    var waiting = norms.filter(isWaiting)
    var before = Int.max
    // What went away may have been in the way.
    while waiting.count < before {
      before = waiting.count
      for id in waiting { try moveBackward(id) }
      for id in waiting.reversed() where isWaiting(id) { try moveForward(id) }
      for id in waiting where isWaiting(id) { try moveSideways(id) }
      waiting = waiting.filter(isWaiting)
    }
    if norms.contains(where: isWaiting) { try mergeAll(norms) }
    for (index, current) in graph.operators.enumerated() {
      guard let affine = current.affine, affine.foldsAlone else { continue }
      try moveConstant(OperatorID(index), affine)
    }
  }

  /// Whether a norm may still move.
  private func isWaiting(_ id: OperatorID) -> Bool { !work.isRemoved[id.index] && maps[id] != nil }

  /// Reads a norm's parameters, once.
  private mutating func read(_ id: OperatorID) throws {
    guard let norm = graph[id].normalization else { return }
    let parameters = try NormParameters(norm, graph: graph, constants: constants)
    warnings[id] = norm.warnings + parameters.warnings
    if let reason = norm.refusal ?? extraOutput(of: id) ?? parameters.problem ?? refusals[id] {
      reasons[id] = reason
    } else {
      maps[id] = TravellingMap(
        affine: ChannelAffine(channels: parameters.channels, steps: [parameters.step(epsilon: norm.epsilon)]),
        view: .axis(norm.channelAxis, count: parameters.channels), parameters: norm.boundParameters)
    }
  }
}

// MARK: - Moves

extension FoldPlanner {
  private mutating func moveBackward(_ id: OperatorID) throws {
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
      _ = try pushBack(map, of: id, from: input, to: output, into: &proposal)
    }
    make(proposal)
  }

  /// Moves a norm with the norm right before it, where neither could go alone.
  private mutating func moveBackwardTogether(_ id: OperatorID, _ map: TravellingMap) throws {
    guard let input = graph[id].inputs.first, case let value = work.resolve(input),
      let former = work.producer(of: value), isWaiting(former), let formerMap = maps[former],
      work.readerCount(of: value) == 1, graph[value].pins.isEmpty, let (start, end) = ends(of: former),
      let together = formerMap.followed(by: map), let (_, output) = ends(of: id)
    else { return }
    var proposal = FoldProposal(.backward)
    proposal.travellers.append(former)
    _ = proposal.remove(id, from: end, to: output)
    if try pushBack(together, of: id, removing: former, from: start, to: end, into: &proposal) == nil {
      make(proposal)
    } else {
      undo(proposal)
    }
  }

  private mutating func moveForward(_ id: OperatorID) throws {
    guard let map = maps[id], let (input, output) = ends(of: id) else { return }
    var proposal = FoldProposal(.forward, isForward: true)
    guard let reason = try pushOn(map, of: id, from: input, to: output, into: &proposal) else {
      make(proposal)
      return
    }
    undo(proposal)
    if let known = reasons[id], known.code == .noLinearProducer, reason.isAboutOperator {
      reasons[id] = DeclineReason(reason.code, "\(known.text); \(reason.text)")
    }
  }

  /// Moves norms into norms that stay, backward or forward first, whichever leaves fewer.
  ///
  /// A norm that has taken others in stays.
  private mutating func mergeAll(_ norms: [OperatorID]) throws {
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

  /// Moves an operator with a constant that no norm has taken along.
  private mutating func moveConstant(_ id: OperatorID, _ affine: ConstantAffine) throws {
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
      if try pushBack(map, of: id, from: input, to: output, into: &proposal) == nil { return make(proposal) }
      undo(proposal)
    }
    guard isForward else { return }
    var proposal = FoldProposal(
      .forward, isForward: true, mergesIntoNorms: true, movesNorm: false, isWorthAddition: false)
    if try pushOn(map, of: id, from: input, to: output, into: &proposal) == nil { return make(proposal) }
    undo(proposal)
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

  /// The value that an operator reads, and the one that it writes.
  func ends(of id: OperatorID) -> (input: ValueID, output: ValueID)? {
    guard let input = graph[id].inputs.first, let output = graph[id].outputs.first else { return nil }
    return (input, output)
  }

  mutating func make(_ proposal: FoldProposal) {
    for removal in proposal.removals {
      let (input, output) = (work.resolve(removal.input), work.resolve(removal.output))
      if proposal.isForward {
        work.removeForward(removal.id, from: input, to: output)
      } else {
        work.removeBackward(removal.id, from: input, to: output)
      }
    }
    if let removal = proposal.succession { work.removeForward(removal.id, from: removal.input, to: removal.output) }
    if let (sum, branch) = proposal.leftOut { work.leaveOut(branch, of: sum) }
    if let norm = proposal.detached, let (input, _) = ends(of: norm) { work.detach(norm, from: work.resolve(input)) }
    for (value, change) in proposal.changes { work.change(work.resolve(value), to: change) }
    var seen: Set<OperatorID> = []
    let targets = proposal.targets.map(\.id).filter { seen.insert($0).inserted }
    let through = proposal.passed.sorted { $0.index < $1.index }
    for id in proposal.travellers {
      moves[id] = MadeMove(targets: targets, through: through, direction: proposal.direction)
      reasons[id] = nil
    }
    for target in targets { drafts[target]?.note(proposal.travellers) }
  }

  mutating func undo(_ proposal: FoldProposal) {
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

// MARK: - The plan

extension FoldPlanner {
  private struct Failure: Error {
    let last: OperatorID
    let reason: DeclineReason
  }

  /// The plan, or what has to stay after all.
  private mutating func finished() throws -> Result<FoldPlan, Failure> {
    var folds: [Fold] = []
    folds.reserveCapacity(draftOrder.count)
    var indices: [OperatorID: Int] = [:]
    for id in draftOrder {
      guard let draft = drafts[id] else { continue }
      let norms = draft.operators.filter { graph[$0].normalization != nil }
      switch try draft.finished(norms: norms, constants: constants) {
      case .success(let fold):
        indices[id] = folds.count
        folds.append(fold)
      case .failure(let refusal):
        guard let last = draft.operators.last else { preconditionFailure("a draft must have absorbed something") }
        return .failure(Failure(last: last, reason: refusal.reason))
      }
    }
    func move(of id: OperatorID) -> FoldPlan.Move? {
      moves[id].map { made in
        FoldPlan.Move(
          folds: made.targets.compactMap { indices[$0] }, through: made.through, direction: made.direction)
      }
    }
    let outcomes = graph.normalizations.map { id in
      let result: FoldPlan.Outcome.Result =
        move(of: id).map { .moved($0) }
        ?? .declined(reasons[id] ?? DeclineReason(.noLinearProducer, "nothing near it absorbs it"))
      return FoldPlan.Outcome(norm: id, result: result, warnings: warnings[id] ?? [])
    }
    var removed = Set(work.isRemoved.indices.filter { work.isRemoved[$0] }.map(OperatorID.init))
    // An addition that holds a bias stays as a node.
    for fold in folds { if case .addition(let holder)? = fold.bias?.holder { removed.remove(holder) } }
    let constants = graph.operators.indices.map(OperatorID.init).filter {
      graph[$0].affine != nil && removed.contains($0)
    }
    return .success(
      FoldPlan(
        folds: folds, outcomes: outcomes, constants: constants.compactMap { id in move(of: id).map { (id, $0) } },
        removed: removed, successors: work.succeeded, changes: work.changes, leftOut: work.leftOut))
  }
}
