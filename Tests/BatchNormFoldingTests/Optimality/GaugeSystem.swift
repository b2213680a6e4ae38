import Tensors

@testable import BatchNormFolding

/// What the channels of all values would have to become for some operators to go, as equations.
struct GaugeSystem {
  typealias Fate = RemovalOracle.Fate

  /// The channel of an operator that is a map, which is like no other.
  private struct Generator: Hashable {
    let id: OperatorID
    let channel: Int
  }

  /// The map of one channel is another's after an operator, or just the other's.
  private struct Edge {
    let from: Int
    let to: Int
    let generator: Generator?
    let scale: Double
    let shift: Double
    /// Whether the shifts are related too.
    let isWhole: Bool
  }

  private enum Demand {
    case staysAsItIs
    case maps
    case inverses
    case noShift
    case positive
  }

  /// How often each operator's scale is a factor.
  private typealias Exponents = [Generator: Int]

  private let channels: [Int]
  private let offsets: [Int]
  private let nodeCount: Int
  private var edges: [Edge] = []
  private var demands: [(node: Int, demand: Demand)] = []
  /// Sums of shifts that must be 0.
  private var sums: [[(node: Int, factor: Double)]] = []
  /// Two operators that must read the same value, or one joined twice.
  private var isContradictory = false

  init(_ graph: FoldGraph, _ maps: [OperatorID: ChannelAffine], _ channels: [Int], _ fates: [OperatorID: Fate]) {
    self.channels = channels
    var offset = 0
    offsets = channels.map { count in
      defer { offset += count }
      return offset
    }
    nodeCount = offset
    for (index, value) in graph.values.enumerated() where value.producer == nil || !value.pins.isEmpty {
      demand(.staysAsItIs, ValueID(index))
    }
    // A map that meets itself again would have to be one on both ways, with half of its shift on each.
    for (index, value) in graph.values.enumerated() where value.readerCount > 1 { demand(.inverses, ValueID(index)) }
    let same = SameValues(graph, fates)
    var joined: Set<OperatorID> = []
    for index in graph.operators.indices {
      let id = OperatorID(index)
      if case .joins(let other)? = fates[id] {
        isContradictory =
          isContradictory || !joined.insert(other).inserted || !same.areOne(graph[id].inputs, graph[other].inputs)
      } else {
        add(id, graph[id], maps[id], fates, graph)
      }
    }
  }

  private func nodes(_ value: ValueID) -> Range<Int> {
    offsets[value.index]..<offsets[value.index] + channels[value.index]
  }

  private mutating func demand(_ demand: Demand, _ value: ValueID) {
    for node in nodes(value) { demands.append((node, demand)) }
  }

  private mutating func equate(_ pairs: some Sequence<(Int, Int)>, isWhole: Bool = true) {
    for (from, to) in pairs {
      edges.append(Edge(from: from, to: to, generator: nil, scale: 1, shift: 0, isWhole: isWhole))
    }
  }

  // MARK: - Operators

  private mutating func add(
    _ id: OperatorID, _ current: FoldOperator, _ map: ChannelAffine?, _ fates: [OperatorID: Fate], _ graph: FoldGraph
  ) {
    let (inputs, outputs) = (current.inputs, current.outputs)
    switch current.role {
    case .linear(let linear):
      demand(.maps, outputs[0])
      guard let input = linear.input else { return demand(.staysAsItIs, inputs[0]) }
      demand(.inverses, inputs[0])
      if case .declines = input.shiftRule { demand(.noShift, inputs[0]) }
    case .affine, .normalization:
      if let map, fates[id] == .goes {
        remove(id, map, inputs[0], outputs[0])
      } else if map != nil, current.normalization != nil {
        demand(.inverses, inputs[0])
        demand(.maps, outputs[0])
      } else {
        for value in inputs + outputs { demand(.staysAsItIs, value) }
      }
    case .carrier(let carrier):
      if case .selection(_, let positions, _) = carrier.layout {
        let (input, output) = (nodes(inputs[0]), nodes(outputs[0]))
        equate(positions.indices.map { (output.lowerBound + $0, input.lowerBound + positions[$0]) })
      } else {
        equate(zip(nodes(outputs[0]), nodes(inputs[0])))
      }
      for value in inputs + outputs {
        if carrier.scaleDemand != .none { demand(.positive, value) }
        if carrier.shiftObstacle != nil { demand(.noShift, value) }
      }
    case .concatenation: equate(zip(nodes(outputs[0]), inputs.flatMap { Array(nodes($0)) }))
    case .split: equate(zip(outputs.flatMap { Array(nodes($0)) }, nodes(inputs[0])))
    case .passage: for (input, output) in zip(inputs, outputs) { equate(zip(nodes(output), nodes(input))) }
    case .sum(let sum): add(sum, inputs.filter { !Self.isJoined($0, fates, graph) }, inputs[0], outputs[0])
    case .opaque: for value in inputs + outputs { demand(.staysAsItIs, value) }
    }
  }

  private static func isJoined(_ value: ValueID, _ fates: [OperatorID: Fate], _ graph: FoldGraph) -> Bool {
    if let producer = graph[value].producer, case .joins? = fates[producer] { true } else { false }
  }

  private mutating func add(_ sum: BranchSum, _ branches: [ValueID], _ first: ValueID, _ output: ValueID) {
    for branch in branches { equate(zip(nodes(output), nodes(branch)), isWhole: false) }
    for (place, node) in nodes(output).enumerated() {
      let terms = branches.enumerated().map { index, branch in
        (node: nodes(branch).lowerBound + place, factor: sum.isDifference && index > 0 ? 1.0 : -1)
      }
      sums.append([(node, 1)] + terms)
    }
  }

  private mutating func remove(_ id: OperatorID, _ map: ChannelAffine, _ input: ValueID, _ output: ValueID) {
    for (channel, (from, to)) in zip(nodes(input), nodes(output)).enumerated() {
      let place = map.channels == 1 ? 0 : channel
      let scale = map.scale(ofChannel: place).hi
      edges.append(
        Edge(
          from: from, to: to, generator: Generator(id: id, channel: place), scale: scale,
          shift: map.shift(ofChannel: place).hi, isWhole: true))
    }
  }

  // MARK: - Solving

  /// Whether something can be found that every value becomes.
  var isSolvable: Bool {
    guard !isContradictory else { return false }
    var neighbours = Array(repeating: [(edge: Int, isForward: Bool)](), count: nodeCount)
    for (index, edge) in edges.enumerated() {
      neighbours[edge.from].append((index, true))
      neighbours[edge.to].append((index, false))
    }
    let fixed = Set(demands.filter { $0.demand == .staysAsItIs }.map(\.node))
    var seen: Set<Int> = []
    for node in 0..<nodeCount where !seen.contains(node) {
      let members = component(of: node, neighbours)
      seen.formUnion(members)
      // Something of each component stays as it is.
      let bases = members.first(where: fixed.contains).map { [$0] } ?? members
      guard bases.contains(where: { isSolvable(from: $0, neighbours) }) else { return false }
    }
    return true
  }

  private func component(of node: Int, _ neighbours: [[(edge: Int, isForward: Bool)]]) -> [Int] {
    var (members, seen) = ([node], Set([node]))
    var place = 0
    while place < members.count {
      for (edge, isForward) in neighbours[members[place]] {
        let next = isForward ? edges[edge].to : edges[edge].from
        if seen.insert(next).inserted { members.append(next) }
      }
      place += 1
    }
    return members
  }

  private func isSolvable(from base: Int, _ neighbours: [[(edge: Int, isForward: Bool)]]) -> Bool {
    var exponents: [Int: Exponents] = [base: [:]]
    var scales = [base: 1.0]
    var pending = [base]
    while let node = pending.popLast() {
      for (index, isForward) in neighbours[node] {
        let edge = edges[index]
        let next = isForward ? edge.to : edge.from
        var expected = exponents[node] ?? [:]
        // What is read is the map of what is written, times the operator's scale.
        if let generator = edge.generator {
          let power = (expected[generator] ?? 0) + (isForward ? -1 : 1)
          expected[generator] = power == 0 ? nil : power
        }
        if let known = exponents[next] {
          guard known == expected else { return false }
        } else {
          exponents[next] = expected
          scales[next] = (scales[node] ?? 1) * (isForward ? 1 / edge.scale : edge.scale)
          pending.append(next)
        }
      }
    }
    let unmoved = exponents.filter(\.value.isEmpty).keys
    return meetsDemands(exponents, scales) && LinearSystem.isSolvable(shiftEquations(scales, unmoved: unmoved.sorted()))
  }

  private func meetsDemands(_ exponents: [Int: Exponents], _ scales: [Int: Double]) -> Bool {
    demands.allSatisfy { node, demand in
      guard let powers = exponents[node]?.values, let scale = scales[node] else { return true }
      return switch demand {
      case .staysAsItIs: powers.isEmpty
      case .maps: powers.allSatisfy { $0 > 0 }
      case .inverses: powers.allSatisfy { $0 < 0 }
      case .positive: scale > 0
      case .noShift: true
      }
    }
  }

  /// - Parameter unmoved: What no map has moved to, so that no part of one has.
  private func shiftEquations(_ scales: [Int: Double], unmoved: [Int]) -> [LinearSystem.Equation] {
    var equations: [LinearSystem.Equation] = []
    for edge in edges where edge.isWhole {
      guard let scale = scales[edge.to] else { continue }
      equations.append(.init(terms: [(edge.from, 1), (edge.to, -1)], value: scale * edge.shift))
    }
    for sum in sums where scales[sum[0].node] != nil { equations.append(.init(terms: sum, value: 0)) }
    for node in unmoved { equations.append(.init(terms: [(node, 1)], value: 0)) }
    for (node, demand) in demands where scales[node] != nil && demand == .noShift {
      equations.append(.init(terms: [(node, 1)], value: 0))
    }
    return equations
  }
}
