import Tensors

/// Decides for each norm of a graph what absorbs it.
///
/// A norm is a per-channel affine map, and so is the addition or the product of a constant. The planner moves such maps
/// along the graph until linear operators absorb them: first backward, in execution order, then what is left forward,
/// in reverse, then into operators beside it, and last into other norms. A move is tried as a proposal and made only if
/// everything on its way agrees. Few moves make another one impossible, so most norms go whatever the order; where one
/// stays that could have gone, other ways are searched for.
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

  /// Norms of constants that went because what they make is known.
  var workedOut: [OperatorID] = []

  /// Operators that met one which had taken in others before, and did not get in.
  var contenders: Set<OperatorID> = []

  /// What is left of the looking round.
  var budget: SearchBudget

  /// What an earlier attempt at the plan showed to be impossible.
  let refusals: [OperatorID: DeclineReason]

  /// How some norms are to move.
  private let choices: [OperatorID: MoveChoice]

  struct MadeMove {
    let targets: [OperatorID]
    let through: [OperatorID]
    let direction: FoldPlan.Direction
    let addedBytes: Int
  }

  /// Plans the folds of a graph.
  ///
  /// - Throws: What reading a constant throws.
  /// - Complexity: O(operators + channels of all norms × operators on their ways + bias elements), and the elements of
  ///   weights that maps with a shift go forward into; some hundred times that of a region of a few norms where another
  ///   plan may be better there, of which there are few.
  package static func plan(
    _ graph: FoldGraph, constants: Constants, options: PlanOptions = PlanOptions()
  ) throws -> FoldPlan {
    try planned(graph, constants: constants, options: options).plan
  }

  /// The better one of the usual plan and the one with what a search has chosen.
  static func planned(
    _ graph: FoldGraph, constants: Constants, options: PlanOptions
  ) throws -> (planner: FoldPlanner, plan: FoldPlan) {
    let usual = try settled(graph, constants: constants, options: options)
    let choices = try RegionSearch.choices(improving: usual.planner)
    guard !choices.isEmpty else { return usual }
    let other = try settled(graph, constants: constants, options: options, choices: choices)
    return other.planner.cost < usual.planner.cost ? other : usual
  }

  /// Plans as the order and the choices have it, with what turns out to be impossible left out.
  static func settled(
    _ graph: FoldGraph, constants: Constants, options: PlanOptions, choices: [OperatorID: MoveChoice] = [:]
  ) throws -> (planner: FoldPlanner, plan: FoldPlan) {
    var refusals: [OperatorID: DeclineReason] = [:]
    var budget = SearchBudget(operators: graph.operators.count)
    while true {
      var planner = FoldPlanner(graph, constants: constants, options: options, choices: choices, refusals: refusals)
      planner.budget = budget
      try planner.moveAll()
      switch try planner.finished() {
      case .success(let plan): return (planner, plan)
      // Only the exact bias of a whole fold tells that it overflows; what it absorbed last then stays.
      case .failure(let failure): refusals.merge(failure.reasons) { first, _ in first }
      }
      budget = planner.budget
      _ = budget.visit(graph.operators.count)
    }
  }

  init(
    _ graph: FoldGraph, constants: Constants, options: PlanOptions, choices: [OperatorID: MoveChoice] = [:],
    refusals: [OperatorID: DeclineReason] = [:]
  ) {
    self.graph = graph
    self.constants = constants
    self.options = options
    self.choices = choices
    self.refusals = refusals
    work = FoldWorkspace(graph)
    budget = SearchBudget(operators: graph.operators.count)
  }

  mutating func moveAll() throws {
    try readNorms()
    let norms = graph.normalizations
    for id in norms where isWaiting(id) { removeIdle(id) }
    for id in norms where isWaiting(id) { try workOut(id) }
    try move(norms.filter { choices[$0] != .last })
    if !choices.isEmpty { try move(norms) }
    try moveAsChosen(norms.filter { choices[$0]?.merges == true })
    try mergeAll(norms)
    for (index, current) in graph.operators.enumerated() {
      guard let affine = current.affine, affine.foldsAlone else { continue }
      try moveConstant(OperatorID(index), affine)
    }
  }

  /// Moves norms to operators with weights, as chosen or in the usual order.
  private mutating func move(_ norms: [OperatorID]) throws {
    try moveAsChosen(norms.filter { choices[$0]?.merges == false })
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
  }

  private mutating func moveAsChosen(_ norms: [OperatorID]) throws {
    let forward = norms.filter { choices[$0]?.isForward == true }
    var waiting =
      norms.filter { choices[$0]?.isForward == false && isWaiting($0) } + forward.reversed().filter(isWaiting)
    var isDone = waiting.isEmpty
    while !isDone {
      let before = waiting.count
      for id in waiting where isWaiting(id) { try move(id, by: choices[id] ?? .last) }
      waiting = waiting.filter(isWaiting)
      isDone = waiting.count == before
    }
  }

  /// Tries one way for a norm.
  mutating func move(_ id: OperatorID, by choice: MoveChoice) throws {
    switch choice {
    case .backward: try moveBackward(id)
    case .forward: try moveForward(id)
    case .sideways: try moveSideways(id)
    case .mergedBackward: try merge(id, isForward: false)
    case .mergedForward: try merge(id, isForward: true)
    case .last: break
    }
  }

  /// Whether a norm may still move.
  func isWaiting(_ id: OperatorID) -> Bool { !work.isRemoved[id.index] && maps[id] != nil }

  /// Reads the parameters of all norms.
  mutating func readNorms() throws {
    for id in graph.normalizations { try read(id) }
  }

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
