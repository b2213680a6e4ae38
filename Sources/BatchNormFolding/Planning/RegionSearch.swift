import Tensors

/// Looks for a better plan where the planner's own order leaves norms or adds bytes, region by region.
///
/// Moves are in each other's way only through what a storage type can hold, through norms that take others in and through
/// copies of weights, so that most regions stay as they are. In the others a limited discrepancy search (Harvey and
/// Ginsberg, 1995) tries another way for one norm, then for two and so on, and lets the planner's order decide the rest.
struct RegionSearch<Constants: ConstantReader> {
  /// The most plans that are tried for one region, and for all of them.
  private static var regionLimit: Int { 128 }
  private static var totalLimit: Int { 1024 }

  /// What is left for plans of regions: as many tries as they may take, and as many visits as one plan of the model.
  private struct Allowance {
    var plans: Int
    var visits: Int

    var isUsedUp: Bool { plans <= 0 || visits <= 0 }

    mutating func take(visits count: Int) {
      plans -= 1
      visits -= count
    }
  }

  private typealias Planner = FoldPlanner<RegionConstants<Constants>>
  private typealias Choices = [OperatorID: MoveChoice]

  private let region: FoldRegion
  private let constants: RegionConstants<Constants>
  private let options: PlanOptions

  /// What the planner's order makes of the region.
  private let usual: Planner

  /// How each norm could go otherwise.
  private var ways: [(norm: OperatorID, choices: [MoveChoice])] = []

  private var best: (cost: PlanCost, choices: Choices)
  private var allowance: Allowance

  /// The choices by which a plan becomes better; none where it cannot, as far as they are looked for.
  ///
  /// - Complexity: O(operators), and for each norm that stays O(plans tried × operators of its region), both of which
  ///   are bounded.
  static func choices(improving planner: FoldPlanner<Constants>) throws -> [OperatorID: MoveChoice] {
    let norms = planner.improvableNorms
    guard !norms.isEmpty else { return [:] }
    let consumers = FoldWorkspace(planner.graph).consumers
    var result: [OperatorID: MoveChoice] = [:]
    var (searched, decided): (Set<OperatorID>, Set<OperatorID>) = ([], [])
    var left = Allowance(plans: totalLimit, visits: planner.budget.limit)
    for norm in norms where !left.isUsedUp && !searched.contains(norm) {
      let region = FoldRegion(around: norm, in: planner.graph, consumers: consumers)
      left.visits -= region.visits
      searched.formUnion(region.operators)
      guard decided.isDisjoint(with: region.operators) else { continue }
      let allowance = Allowance(plans: min(regionLimit, left.plans), visits: left.visits)
      var search = try RegionSearch(region, of: planner, allowance)
      try search.run()
      left.plans -= allowance.plans - search.allowance.plans
      left.visits = search.allowance.visits
      for (id, choice) in search.best.choices { result[region.operators[id.index]] = choice }
      if !search.best.choices.isEmpty { decided.formUnion(region.operators) }
    }
    return result
  }

  private init(_ region: FoldRegion, of planner: FoldPlanner<Constants>, _ allowance: Allowance) throws {
    self.region = region
    self.allowance = allowance
    constants = RegionConstants(planner.constants, in: region)
    options = planner.options.within(region)
    usual = try Planner.settled(region.graph, constants: constants, options: options).planner
    best = (usual.cost, [:])
    take(usual)
  }

  /// Counts a plan that was tried.
  private mutating func take(_ planner: Planner) {
    allowance.take(visits: planner.budget.visits + region.operators.count)
  }

  /// Finds out how each norm could go if it went first.
  ///
  /// - Returns: Whether any could go otherwise than it does.
  private mutating func findWays() throws -> Bool {
    let norms = region.graph.normalizations
    var untouched = Planner(region.graph, constants: constants, options: options)
    try untouched.readNorms()
    var areThereOthers = false
    for norm in norms where untouched.isWaiting(norm) {
      let direction = usual.moves[norm]?.direction
      var choices: [MoveChoice] = []
      if direction == nil || direction == .merged {
        choices = [.mergedBackward, .mergedForward]
        areThereOthers = areThereOthers || direction == .merged
      }
      for choice in [MoveChoice.backward, .forward, .sideways] {
        var trial = untouched
        try trial.move(norm, by: choice)
        take(trial)
        guard !trial.isWaiting(norm) else { continue }
        choices.append(choice)
        areThereOthers = areThereOthers || choice.direction != direction
      }
      ways.append((norm, choices + [.last]))
    }
    // Of two copies the order may save one.
    return areThereOthers || usual.cost.addedBytes > 0
  }

  /// Tries all plans in which few norms go otherwise before those in which more do.
  private mutating func run() throws {
    guard best.cost.isImprovable, try findWays() else { return }
    // A norm that is merged stands in the way of those that would go the other way, all of which turn at once.
    let turned = ways.filter { $0.choices.contains(.mergedForward) }.map { ($0.norm, MoveChoice.mergedForward) }
    try examine(Dictionary(uniqueKeysWithValues: turned))
    for count in 1...ways.count where best.cost.isImprovable { try vary(count, from: 0, [:]) }
  }

  private mutating func vary(_ count: Int, from first: Int, _ choices: Choices) throws {
    guard count > 0 else { return try examine(choices) }
    for index in ways.indices.dropFirst(first) {
      for choice in ways[index].choices where !allowance.isUsedUp {
        var varied = choices
        varied[ways[index].norm] = choice
        try vary(count - 1, from: index + 1, varied)
      }
    }
  }

  private mutating func examine(_ choices: Choices) throws {
    var planner = Planner(region.graph, constants: constants, options: options, choices: choices)
    try planner.moveAll()
    take(planner)
    guard planner.cost < best.cost, case .success = try planner.finished() else { return }
    best = (planner.cost, choices)
  }
}
