import Tensors

@testable import BatchNormFolding

/// The best plan of all in which every norm is told how to go, found by trying every combination.
struct WayOracle {
  private static var choices: [MoveChoice?] {
    [nil, .backward, .forward, .sideways, .mergedBackward, .mergedForward, .last]
  }

  private let builder: GraphBuilder
  private(set) var best: PlanCost
  private(set) var way: [OperatorID: MoveChoice] = [:]

  init(_ builder: GraphBuilder) throws {
    self.builder = builder
    best = try FoldPlanner.settled(builder.graph, constants: builder.constants(), options: PlanOptions()).planner.cost
    try search(builder.graph.normalizations[...], [:])
  }

  private mutating func search(_ norms: ArraySlice<OperatorID>, _ choices: [OperatorID: MoveChoice]) throws {
    guard let norm = norms.first else {
      let settled = try FoldPlanner.settled(
        builder.graph, constants: builder.constants(), options: PlanOptions(), choices: choices)
      if settled.planner.cost < best { (best, way) = (settled.planner.cost, choices) }
      return
    }
    for choice in Self.choices {
      var next = choices
      next[norm] = choice
      try search(norms.dropFirst(), next)
    }
  }
}
