import Tensors

/// Operators that take maps in.
extension FoldPlanner {
  /// Lets an operator absorb a map that stands behind it.
  mutating func absorb(
    _ map: TravellingMap, behind id: OperatorID, _ linear: LinearOperator, _ proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    let own = ChannelView.axis(linear.channelAxis, count: linear.channels)
    guard let map = map.spread(over: own) else { return mismatch(map.view, with: own, at: id) }
    if let reason = typeMismatch(map, with: linear) ?? keptParameter(of: linear) { return reason }
    if !proposal.isWorthAddition, !linear.holdsBias, drafts[id]?.holder == nil {
      return DeclineReason(.noLinearProducer, "the \(title(of: id)) takes no bias")
    }
    try begin(id, linear, &proposal)
    if let holder = proposal.holders[id] {
      let steps = graph[holder].affine.flatMap { graph[$0.constant].steps }
      drafts[id]?.offer(holder: holder, steps: steps)
    }
    countAddition(for: map, id, linear, &proposal)
    let reason =
      try drafts[id]?.absorb(behind: map.affine) ?? lossOfDigits(in: id)
      ?? (linear.hasOnlyPositiveScales ? obstacle(toSignsOf: id) : nil)
    return proposal.answer(reason, of: drafts[id])
  }

  /// Why an operator's storage type lacks the digits of what it would become, nil where it has them.
  ///
  /// - Complexity: O(elements) for half precision with small scales, else O(channels).
  private mutating func lossOfDigits(in id: OperatorID) throws -> DeclineReason? {
    guard let draft = drafts[id], draft.needsMagnitudes else { return nil }
    var visitor = MagnitudeVisitor(map: draft.linear.weightMap)
    try constants.visit(draft.linear.weight, by: &visitor)
    return drafts[id]?.learn(visitor.magnitudes)
  }

  /// Why the scales of a quantized weight cannot be what they would become, nil where they can.
  private func obstacle(toSignsOf id: OperatorID) throws -> DeclineReason? {
    guard let behind = drafts[id]?.behind else { return nil }
    let signs = (0..<behind.channels).map { behind.scaleSign(ofChannel: $0) }
    if let channel = signs.firstIndex(of: 0) {
      return DeclineReason(.weightQuantized, "the scale of channel \(channel) of the \(title(of: id)) would be 0")
    }
    let negative = signs.indices.filter { signs[$0] < 0 }
    return negative.isEmpty ? nil : try constants.obstacle(toNegating: negative, of: id)
  }

  /// Lets an operator absorb a map that stands before it.
  mutating func absorb(
    _ map: TravellingMap, before id: OperatorID, _ linear: LinearOperator, _ proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    guard let input = linear.input else {
      return DeclineReason(.channelAxisDiffers, "the \(title(of: id)) behind it takes nothing in before it")
    }
    let own = ChannelView.axis(input.axis, count: input.map.channels)
    guard let map = map.spread(over: own) else { return mismatch(map.view, with: own, at: id, isBehind: true) }
    if let reason = typeMismatch(map, with: linear) ?? keptParameter(of: linear) { return reason }
    if map.firstShifted != nil {
      if let reason = try obstacle(to: map, linear, input.shiftRule) ?? takeAddition(behind: id, linear, &proposal) {
        return reason
      }
      if !proposal.isWorthAddition, !linear.holdsBias, drafts[id]?.holder == nil {
        return DeclineReason(.noLinearProducer, "the \(title(of: id)) takes no bias")
      }
    }
    if let reason = try lossOfDigits(before: linear, input.map, map) { return reason }
    try begin(id, linear, &proposal)
    countAddition(for: map, id, linear, &proposal)
    return proposal.answer(drafts[id]?.absorb(before: map.affine), of: drafts[id])
  }

  /// Lets an operator without a bias take in the addition that alone reads it, so that this can hold a shift.
  ///
  /// - Returns: Why it cannot, nil also where there is none.
  private mutating func takeAddition(
    behind id: OperatorID, _ linear: LinearOperator, _ proposal: inout FoldProposal
  ) throws -> DeclineReason? {
    guard !linear.holdsBias, drafts[id]?.holder == nil, let made = graph[id].outputs.first,
      case let value = work.resolve(made), obstacle(at: value) == nil, extraOutput(of: id) == nil,
      let addition = work.consumers[value.index].first, let affine = graph[addition].affine,
      affine.operation == .addition, affine.foldsAlone, let (input, output) = ends(of: addition),
      !isBetweenScopes(input, output), let view = affine.view, let map = try constantMap(affine, over: view),
      map.spread(over: .axis(linear.channelAxis, count: linear.channels)) != nil,
      typeMismatch(map, with: linear) == nil, proposal.remove(addition, from: input, to: output)
    else { return nil }
    proposal.holders[id] = addition
    proposal.travellers.append(addition)
    return try absorb(map, behind: id, linear, &proposal)
  }

  /// Counts what an addition adds where an operator without a bias takes in a shift.
  private func countAddition(
    for map: TravellingMap, _ id: OperatorID, _ linear: LinearOperator, _ proposal: inout FoldProposal
  ) {
    guard !linear.holdsBias, drafts[id]?.holder == nil, map.firstShifted != nil else { return }
    proposal.addedBytes += linear.channels * (graph[linear.weight].storage?.byteWidth ?? 0)
  }

  /// Why a half-precision weight lacks the digits of what a map before its operator makes of it, nil where it has them.
  ///
  /// - Complexity: O(elements) for half precision with small scales, else O(channels).
  private func lossOfDigits(
    before linear: LinearOperator, _ channels: ChannelMap, _ map: TravellingMap
  ) throws -> DeclineReason? {
    guard let storage = graph[linear.weight].storage else { return nil }
    let scales = (0..<map.affine.channels).map { map.affine.scale(ofChannel: $0).hi.magnitude }
    guard scales.contains(where: storage.mayLackDigits) else { return nil }
    var visitor = MagnitudeVisitor(map: channels)
    try constants.visit(linear.weight, by: &visitor)
    let lost = scales.indices.first { channel in
      let (largest, scale) = (visitor.magnitudes[channel], scales[channel])
      return scale > 0 && largest >= storage.leastNormal && largest * scale < storage.leastNormal
    }
    return lost.map { channel in
      DeclineReason(
        .overflowsStorage,
        "input channel \(channel) of the weight '\(graph[linear.weight].name)' would be at most "
          + "\(visitor.magnitudes[channel] * scales[channel]), where \(storage) lacks digits")
    }
  }

  /// Why an operator cannot take the shift of a map before it, nil where it can.
  private func obstacle(
    to map: TravellingMap, _ linear: LinearOperator, _ rule: LinearInput.ShiftRule
  ) throws -> DeclineReason? {
    switch rule {
    case .passes: return nil
    case .declines(let reason): return reason
    case .needsEqualPhases(let phases, let count, let reason):
      guard let input = linear.input else { return reason }
      var sums = PhaseSums(
        shifts: (0..<map.affine.channels).map { map.affine.shift(ofChannel: $0) }, phases: phases, count: count,
        input: input.map, output: linear.weightMap)
      try constants.visit(linear.weight, by: &sums)
      return sums.areEqual ? nil : reason
    }
  }

  /// Begins the draft of an operator where there is none, and notes how it was.
  mutating func begin(_ id: OperatorID, _ linear: LinearOperator, _ proposal: inout FoldProposal) throws {
    if let draft = drafts[id] {
      proposal.targets.append((id, draft.checkpoint))
      return
    }
    guard let storage = graph[linear.weight].storage else {
      preconditionFailure("a linear operator's weight must have a storage type")
    }
    var bias: [Double] = []
    var steps: [Double]?
    if case .constant(let constant, _, let factor) = linear.bias, factor != 0 {
      bias = try constants.elements(of: constant)
      steps = graph[id].linear == nil ? nil : graph[constant].steps
    }
    var norm: (map: ChannelAffine, mean: [Double])?
    if let own = graph[id].normalization, let map = maps[id], case .constant(let mean) = own.mean {
      norm = (map.affine, try constants.elements(of: mean))
    }
    drafts[id] = LinearDraft(
      id, linear, bias: bias, steps: steps, norm: norm, storage: storage, weightName: graph[linear.weight].name,
      options: options)
    draftOrder.append(id)
    proposal.targets.append((id, nil))
    if graph[linear.weight].isShared { proposal.addedBytes += graph[linear.weight].elementCount * storage.byteWidth }
  }

  /// A norm that stays as an operator whose weight is its gamma and whose bias is its beta.
  ///
  /// - Returns: nil where it may not change, or two of its parameters are one.
  func normForm(_ id: OperatorID) -> LinearOperator? {
    guard let norm = graph[id].normalization, let map = maps[id], !work.isRemoved[id.index],
      case .constant(let gamma) = norm.gamma, case .constant(let beta) = norm.beta,
      case .axis(let axis, let count) = map.view,
      let channels = ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: count, post: 1),
      graph[gamma].storage == graph[beta].storage
    else { return nil }
    return LinearOperator(
      weight: gamma, weightMap: channels,
      bias: .constant(beta, layout: BiasLayout(rows: 1, isPerChannel: true), factor: 1), outputRank: axis + 1,
      channelAxis: axis, input: LinearInput(axis: axis, map: channels, shiftRule: .passes))
  }

  /// A constant that is added and varies along more than the channels, as an operator that makes nothing else.
  ///
  /// - Returns: nil where it does not have every channel.
  func branchForm(_ id: OperatorID, _ affine: ConstantAffine, _ view: ChannelView) -> LinearOperator? {
    let constant = graph[affine.constant]
    guard case .axis(let axis, let count) = view, constant.storage != nil,
      [.addition, .subtraction, .reversedSubtraction].contains(affine.operation),
      let map = affine.channels(along: axis, in: constant.shape), map.channels == count
    else { return nil }
    return LinearOperator(
      weight: affine.constant, weightMap: map, bias: .absent(hasSlot: true), outputRank: axis + 1, channelAxis: axis)
  }
}
