import Tensors
import Testing

@testable import BatchNormFolding

/// Random graphs, whose best plan is known by trying everything, and whose values are computed before and after.
@Suite struct OptimalityTests {
  @Test(arguments: 0..<20)
  func `no way removes more norms than the plan`(block: Int) throws {
    for index in 0..<25 {
      let seed = UInt64(block * 1000 + index)
      let graph = RandomGraph(seed: seed, operators: 3 + (block * 25 + index) % 14)
      let plan = try graph.builder.plan()
      let gone = plan.outcomes.count - plan.declinedCount
      let oracle = try RemovalOracle(graph.builder, inputs: graph.inputs)
      if let way = oracle.way(removingMoreThan: gone) {
        Issue.record("seed \(seed): \(gone) norms go in\n\(graph.builder.text)\nbut \(graph.builder.text(of: way))")
      }
    }
  }

  /// In half precision, with shared weights, moves are in each other's way.
  @Test(arguments: 0..<20)
  func `no combination of ways leaves fewer norms or adds fewer bytes than the plan`(block: Int) throws {
    for index in 0..<12 {
      let seed = UInt64(block * 1000 + index)
      let graph = RandomGraph(seed: seed, operators: 3 + (block * 12 + index) % 9, kinds: [.all, .tight], maps: 3)
      let builder = graph.builder
      let cost = try FoldPlanner.planned(builder.graph, constants: builder.constants(), options: PlanOptions())
        .planner.cost
      guard cost.isImprovable else { continue }
      let oracle = try WayOracle(builder)
      if (oracle.best.normsLeft, oracle.best.addedBytes) < (cost.normsLeft, cost.addedBytes) {
        Issue.record("seed \(seed): \(cost)\n\(builder.text)\nbut \(oracle.best) by \(oracle.way)")
      }
    }
  }

  @Test(arguments: 0..<20)
  func `values are what a plan says`(block: Int) throws {
    for index in 0..<50 {
      let seed = UInt64(block * 1000 + index)
      let graph = RandomGraph(seed: seed, operators: 3 + index % 20)
      try graph.builder.expectSameValues(under: graph.builder.plan(), inputs: graph.inputs, seed: seed)
    }
  }
}

extension GraphBuilder {
  /// The operators, one a line.
  var text: String {
    graph.operators.map { current in
      let (inputs, outputs) = (current.inputs.map(text), current.outputs.map(text))
      var kind = current.kind
      if let linear = current.linear, let input = linear.input {
        if case .declines = input.shiftRule { kind += "(padded)" }
        if linear.identityElements != nil { kind += "(identity)" }
      } else if current.linear != nil {
        kind += "(reads nothing)"
      } else if case .carrier(let carrier) = current.role {
        kind += "(\(carrier.scaleDemand)\(carrier.shiftObstacle == nil ? "" : ", border"))"
      } else if current.normalization?.refusal != nil {
        kind += "(refused)"
      }
      return "\(outputs.joined(separator: ", ")) = \(kind)(\(inputs.joined(separator: ", ")))"
    }.joined(separator: "\n")
  }

  private func text(_ value: ValueID) -> String {
    let pins = graph[value].pins
    return graph[value].name + (pins.isEmpty ? "" : pins.contains(.kept) ? "!" : "*")
  }

  func text(of way: [OperatorID: RemovalOracle.Fate]) -> String {
    way.sorted { $0.key.index < $1.key.index }.map { id, fate in
      let name = graph[id].outputs.first.map { graph[$0].name } ?? ""
      switch fate {
      case .stays: return "\(name) stays"
      case .goes: return "\(name) goes"
      case .joins(let other): return "\(name) joins \(graph[other].outputs.first.map { graph[$0].name } ?? "")"
      }
    }.joined(separator: ", ")
  }
}
