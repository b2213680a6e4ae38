/// Decides, for each norm of a graph, whether a linear operator before it absorbs it.
///
/// One pass in execution order. A path leads from a linear operator to each value that still holds that
/// operator's output, up to constants added per channel; a norm that reads such a value, alone, folds into
/// the path's operator, and the path goes on behind it. Each operator is looked at once, and a chain of
/// norms extends one draft.
package struct FoldPlanner<Constants: ConstantReader> {
  /// How a value came from a linear operator.
  private struct Path {
    let linear: OperatorID
    /// Operators behind the last one that the draft has absorbed.
    var pending: [OperatorID] = []
    /// Why no norm can reach the operator from here.
    var obstacle: DeclineReason?
  }

  private let graph: FoldGraph
  private let constants: Constants
  private let options: PlanOptions

  private var paths: [Path?]
  private var drafts: [FoldDraft] = []
  private var draftIndices: [OperatorID: Int] = [:]
  private var outcomes: [FoldPlan.Outcome] = []

  /// Plans the folds of a graph.
  ///
  /// - Throws: What reading a constant throws.
  /// - Complexity: O(operators + channels of all norms + bias elements).
  package static func plan(
    _ graph: FoldGraph, constants: Constants, options: PlanOptions = PlanOptions()
  ) throws -> FoldPlan {
    var planner = FoldPlanner(graph: graph, constants: constants, options: options)
    for index in graph.operators.indices { try planner.visit(OperatorID(index)) }
    return planner.finished()
  }

  private init(graph: FoldGraph, constants: Constants, options: PlanOptions) {
    self.graph = graph
    self.constants = constants
    self.options = options
    paths = Array(repeating: nil, count: graph.values.count)
  }

  private mutating func visit(_ id: OperatorID) throws {
    let current = graph[id]
    guard let output = current.outputs.first else { return }
    switch current.role {
    case .opaque:
      return
    case .linear:
      paths[output.index] = Path(linear: id)
    case .transparent, .addition:
      guard let input = current.inputs.first, var path = takePath(to: input) else { return }
      if path.obstacle == nil { path.obstacle = unevenAddition(current, behind: path.linear) }
      if path.obstacle == nil { path.pending.append(id) }
      paths[output.index] = path
    case .normalization(let norm):
      let parameters = try NormParameters(norm, graph: graph, constants: constants)
      let result = try place(id, norm, parameters)
      let warnings = norm.warnings + parameters.warnings
      outcomes.append(FoldPlan.Outcome(norm: id, result: result, warnings: warnings))
    }
  }

  /// Folds one norm or says why not.
  private mutating func place(
    _ id: OperatorID, _ norm: Normalization, _ parameters: NormParameters
  ) throws -> FoldPlan.Outcome.Result {
    if let refusal = norm.refusal ?? extraOutput(of: id) { return .declined(refusal) }
    guard let input = graph[id].inputs.first, let output = graph[id].outputs.first else {
      preconditionFailure("a norm must have an input and an output")
    }
    guard let path = takePath(to: input), let linear = graph[path.linear].linear else {
      return .declined(missingProducer(of: input))
    }
    if let reason = path.obstacle ?? parameters.problem { return .declined(reason) }
    if let reason = mismatch(norm, parameters, with: linear, named: path.linear) { return .declined(reason) }
    var steps: [ChannelAffine.Step] = []
    for pending in path.pending {
      guard case .addition(let addition) = graph[pending].role else { continue }
      steps.append(.addition(try vector(of: addition.constant, channels: linear.channels)))
    }
    steps.append(parameters.step(epsilon: norm.epsilon))
    let index = try draftIndex(for: path.linear, linear)
    let absorbed = path.pending + [id]
    if let reason = drafts[index].absorb(steps, from: absorbed, norm: id, writing: output) {
      return .declined(reason)
    }
    paths[output.index] = Path(linear: path.linear)
    return .folded(fold: index, through: path.pending)
  }

  /// The plan: each draft becomes a fold, or its norms stay after all.
  private func finished() -> FoldPlan {
    var folds: [Fold] = []
    var fates: [Result<Int, FoldDraft.Refusal>] = []
    for draft in drafts {
      let fold = draft.finished(in: graph)
      fates.append(fold.map { _ in folds.count })
      if case .success(let fold) = fold { folds.append(fold) }
    }
    let settled = outcomes.map { outcome in
      guard case .folded(let draft, let through) = outcome.result else { return outcome }
      let result: FoldPlan.Outcome.Result =
        switch fates[draft] {
        case .success(let fold): .folded(fold: fold, through: through)
        case .failure(let refusal): .declined(refusal.reason)
        }
      return FoldPlan.Outcome(norm: outcome.norm, result: result, warnings: outcome.warnings)
    }
    return FoldPlan(folds: folds, outcomes: settled)
  }

  /// The draft of a linear operator, begun where there is none.
  private mutating func draftIndex(for id: OperatorID, _ linear: LinearOperator) throws -> Int {
    if let index = draftIndices[id] { return index }
    var bias: [Double] = []
    if case .constant(let constant, _, let factor) = linear.bias, factor != 0 {
      bias = try constants.elements(of: constant)
    }
    guard let storage = graph[linear.weight].storage else {
      preconditionFailure("a linear operator's weight must have a storage type")
    }
    let name = graph[linear.weight].name
    drafts.append(
      FoldDraft(
        id, linear, bias: bias, storage: storage, weightName: name, magnitudes: options.magnitudes[id]))
    draftIndices[id] = drafts.count - 1
    return drafts.count - 1
  }

  private func vector(of constant: ConstantID, channels: Int) throws -> [Double] {
    let elements = try constants.elements(of: constant)
    if let only = elements.first, elements.count == 1 { return Array(repeating: only, count: channels) }
    return elements
  }
}

// MARK: - Why not

extension FoldPlanner {
  /// The path to a value, with an obstacle where the value has to stay; a value read once gives it away, so
  /// that what is pending grows in place.
  private mutating func takePath(to value: ValueID) -> Path? {
    guard let path = paths[value.index] else { return nil }
    if let obstacle = pin(of: value) {
      return Path(linear: path.linear, obstacle: path.obstacle ?? obstacle)
    }
    paths[value.index] = nil
    return path
  }

  private func pin(of id: ValueID) -> DeclineReason? {
    let value = graph[id]
    if value.pins.contains(.graphOutput) {
      return DeclineReason(.activationIsOutput, "the value '\(value.name)' before it is a graph output")
    }
    if value.pins.contains(.captured) {
      return DeclineReason(.activationCaptured, "the value '\(value.name)' before it is read inside a subgraph")
    }
    if value.readerCount > 1 {
      return DeclineReason(
        .activationShared, "the value '\(value.name)' before it has \(value.readerCount) readers")
    }
    if value.pins.contains(.kept) {
      return DeclineReason(.valuePinned, "the value '\(value.name)' before it is to be kept")
    }
    return value.producer.flatMap { extraOutput(of: $0) }
  }

  /// An output beside the first that somebody reads, such as a mask, keeps its operator.
  private func extraOutput(of id: OperatorID) -> DeclineReason? {
    for output in graph[id].outputs.dropFirst() where graph[output].readerCount > 0 || !graph[output].pins.isEmpty {
      return DeclineReason(
        .valuePinned, "the output '\(graph[output].name)' of the \(title(of: id)) is read")
    }
    return nil
  }

  private func unevenAddition(_ current: FoldOperator, behind id: OperatorID) -> DeclineReason? {
    guard case .addition(let addition) = current.role, let linear = graph[id].linear else { return nil }
    let constant = graph[addition.constant]
    let layout = addition.layout(
      shape: constant.shape, rank: linear.outputRank, channelAxis: linear.channelAxis,
      channels: linear.channels)
    if layout == nil {
      return DeclineReason(
        .channelAxisDiffers,
        "'\(constant.name)' of shape \(constant.shape), added before it, varies along more than the channels")
    }
    if constant.storage != graph[linear.weight].storage {
      return DeclineReason(
        .typeMismatch,
        "'\(constant.name)', added before it, is \(constant.typeName) but the weight is \(graph[linear.weight].typeName)"
      )
    }
    return nil
  }

  private func missingProducer(of id: ValueID) -> DeclineReason {
    let name = graph[id].name
    guard let producer = graph[id].producer else {
      return DeclineReason(.noLinearProducer, "nothing in its graph computes its input '\(name)'")
    }
    if case .opaque(let reason?) = graph[producer].role { return reason }
    return DeclineReason(.noLinearProducer, "its input '\(name)' comes from the \(title(of: producer))")
  }

  private func title(of id: OperatorID) -> String {
    graph[id].name.isEmpty ? graph[id].kind : "\(graph[id].kind) '\(graph[id].name)'"
  }

  private func mismatch(
    _ norm: Normalization, _ parameters: NormParameters, with linear: LinearOperator, named id: OperatorID
  ) -> DeclineReason? {
    if norm.channelAxis != linear.channelAxis {
      return DeclineReason(
        .channelAxisDiffers,
        "it scales axis \(norm.channelAxis) but the channels of the \(title(of: id)) are axis \(linear.channelAxis)")
    }
    if parameters.channels != linear.channels {
      return DeclineReason(
        .channelMismatch,
        "it has \(parameters.channels) channels but the \(title(of: id)) has \(linear.channels)")
    }
    if let reason = typeMismatch(norm, with: linear) { return reason }
    if graph[linear.weight].isKept {
      return DeclineReason(.valuePinned, "the weight '\(graph[linear.weight].name)' is to be kept")
    }
    if case .constant(let bias, _, _) = linear.bias, graph[bias].isKept {
      return DeclineReason(.valuePinned, "the bias '\(graph[bias].name)' is to be kept")
    }
    return nil
  }

  private func typeMismatch(_ norm: Normalization, with linear: LinearOperator) -> DeclineReason? {
    let bound: [(Normalization.Parameter, String)] =
      switch norm.typeFreedom {
      case .all: []
      case .statistics: [(norm.gamma, "gamma"), (norm.beta, "beta")]
      case .none:
        [(norm.gamma, "gamma"), (norm.beta, "beta"), (norm.mean, "mean"), (norm.variance, "variance")]
      }
    for (parameter, name) in bound {
      guard case .constant(let id) = parameter, graph[id].storage != graph[linear.weight].storage else { continue }
      return DeclineReason(
        .typeMismatch,
        "its \(name) is \(graph[id].typeName) but the weight before it is \(graph[linear.weight].typeName)")
    }
    return nil
  }
}
