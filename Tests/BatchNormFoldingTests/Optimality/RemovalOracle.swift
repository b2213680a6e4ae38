import Tensors

@testable import BatchNormFolding

/// Which norms of a graph can go at once, told from what every value would have to become.
///
/// Each channel of a value becomes `s · old + t`. A removed operator `n` makes of its input what its output was:
/// the map of the input is the output's after `n`. Carriers, joins and sums demand that their inputs and outputs agree;
/// what is opaque, pinned or an input stays. A linear operator may scale its output by maps and its input by inverses
/// of maps, and so may a norm that stays. Nothing of the planner is used.
struct RemovalOracle {
  /// What becomes of an operator that is a map.
  enum Fate: Hashable {
    case stays
    case goes
    /// A norm that another operator adds to what it makes.
    case joins(OperatorID)
  }

  let graph: FoldGraph
  private let maps: [OperatorID: ChannelAffine]
  private let order: [OperatorID]
  private let channels: [Int]

  init(_ builder: GraphBuilder, inputs: [ValueID: Int]) throws {
    graph = builder.graph
    let constants = builder.constants()
    var channels = graph.values.indices.map { inputs[ValueID($0)] ?? 0 }
    var maps: [OperatorID: ChannelAffine] = [:]
    for (index, current) in builder.graph.operators.enumerated() {
      let read = current.inputs.map { channels[$0.index] }
      for (place, output) in current.outputs.enumerated() {
        channels[output.index] = Self.channels(of: current.role, place, read)
      }
      if let norm = current.normalization, norm.refusal == nil {
        let parameters = try NormParameters(norm, graph: graph, constants: constants)
        maps[OperatorID(index)] = ChannelAffine(channels: read[0], steps: [parameters.step(epsilon: norm.epsilon)])
      } else if let affine = current.affine {
        let values = try constants.elements(of: affine.constant)
        maps[OperatorID(index)] = ChannelAffine(channels: values.count, steps: affine.steps(values))
      }
    }
    (self.maps, self.channels) = (maps, channels)
    order = maps.keys.sorted { $0.index < $1.index }
  }

  private static func channels(of role: FoldOperator.Role, _ output: Int, _ read: [Int]) -> Int {
    switch role {
    case .linear(let linear): return linear.channels
    case .concatenation: return read.reduce(0, +)
    case .split(let split): return split.counts?[output] ?? 0
    case .carrier(let carrier):
      if case .selection(_, let positions, _) = carrier.layout { return positions.count }
      return read[0]
    default: return read[0]
    }
  }

  /// A way in which more norms go than a number, nil where there is none.
  func way(removingMoreThan count: Int) -> [OperatorID: Fate]? {
    var fates: [OperatorID: Fate] = [:]
    return search(0, &fates, count, graph.normalizations.count { maps[$0] != nil })
  }

  private func search(
    _ place: Int, _ fates: inout [OperatorID: Fate], _ count: Int, _ possible: Int
  ) -> [OperatorID: Fate]? {
    guard possible > count else { return nil }
    guard place < order.count else {
      return GaugeSystem(graph, maps, channels, fates).isSolvable ? fates : nil
    }
    let id = order[place]
    let isNorm = graph[id].normalization != nil
    let beside = isNorm ? ParallelBranches(graph).candidates(beside: id).map { Fate.joins($0) } : []
    for fate in [Fate.goes] + beside + [.stays] {
      fates[id] = fate
      let left = possible - (isNorm && fate == .stays ? 1 : 0)
      if let way = search(place + 1, &fates, count, left) { return way }
    }
    fates[id] = nil
    return nil
  }
}
