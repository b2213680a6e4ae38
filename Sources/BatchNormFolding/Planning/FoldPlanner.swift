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
  var moves: [OperatorID: MadeMove] = [:]
  var reasons: [OperatorID: DeclineReason] = [:]
  var warnings: [OperatorID: [FoldWarning]] = [:]
  /// The maps of the norms that may move.
  private(set) var maps: [OperatorID: TravellingMap] = [:]

  /// Norms that went because another before them does the same.
  var twins: [OperatorID: OperatorID] = [:]

  /// What an earlier attempt at the plan showed to be impossible.
  let refusals: [OperatorID: DeclineReason]

  struct MadeMove {
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
    // What went away may have been in the way.
    var isDone = false
    while !isDone {
      let before = waiting.count
      for id in waiting { try moveBackward(id) }
      for id in waiting.reversed() where isWaiting(id) { try moveForward(id) }
      for id in waiting where isWaiting(id) { try moveSideways(id) }
      waiting = waiting.filter(isWaiting)
      isDone = waiting.count == before && !uniteTwins(waiting)
      waiting = waiting.filter(isWaiting)
    }
    if norms.contains(where: isWaiting) { try mergeAll(norms) }
    for (index, current) in graph.operators.enumerated() {
      guard let affine = current.affine, affine.foldsAlone else { continue }
      try moveConstant(OperatorID(index), affine)
    }
  }

  /// Whether a norm may still move.
  func isWaiting(_ id: OperatorID) -> Bool { !work.isRemoved[id.index] && maps[id] != nil }

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
        view: .axis(norm.channelAxis, count: parameters.channels), types: norm.typeBounds(in: graph))
    }
  }
}
