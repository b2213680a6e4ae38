import Tensors

/// The operators around a norm that maps may reach, as a graph of their own.
///
/// What lies outside is to it as what is opaque: a value that is made there has no producer, and what reads a value
/// there is one more reader.
struct FoldRegion {
  /// The most norms of a region.
  static var normLimit: Int { 32 }

  /// The most operators of a region.
  static var operatorLimit: Int { 256 }

  let graph: FoldGraph

  /// The operators in the whole graph, by their numbers here.
  let operators: [OperatorID]

  /// How many operators were looked at for it.
  let visits: Int

  /// The region around a norm, its nearest operators first.
  ///
  /// - Parameter consumers: Per value of the whole graph, the operators whose roles speak of it.
  /// - Complexity: O(operators of the region × their values × their readers), of which only the first are looked at.
  init(around norm: OperatorID, in whole: FoldGraph, consumers: [[OperatorID]]) {
    var members = [norm]
    var known = Set(members)
    var norms = 1
    var place = 0
    var visits = 0
    while place < members.count, members.count < Self.operatorLimit {
      let current = whole[members[place]]
      place += 1
      let producers = current.inputs.compactMap { whole[$0].producer }
      let readers = (current.outputs + current.inputs).flatMap { consumers[$0.index].prefix(Self.operatorLimit) }
      visits += producers.count + readers.count
      for next in producers + readers where !known.contains(next) && members.count < Self.operatorLimit {
        if case .opaque = whole[next].role { continue }
        if whole[next].normalization != nil {
          guard norms < Self.normLimit else { continue }
          norms += 1
        }
        known.insert(next)
        members.append(next)
      }
    }
    operators = members.sorted { $0.index < $1.index }
    self.visits = visits
    graph = Self.graph(of: operators, in: whole)
  }

  private static func graph(of operators: [OperatorID], in whole: FoldGraph) -> FoldGraph {
    var graph = FoldGraph()
    graph.constants = whole.constants
    var numbers: [ValueID: ValueID] = [:]
    func number(_ value: ValueID) -> ValueID {
      if let known = numbers[value] { return known }
      let id = ValueID(graph.values.count)
      numbers[value] = id
      graph.values.append(whole[value])
      graph.values[id.index].producer = nil
      return id
    }
    for (index, id) in operators.enumerated() {
      let current = whole[id]
      let outputs = current.outputs.map(number)
      for output in outputs { graph.values[output.index].producer = OperatorID(index) }
      graph.operators.append(
        FoldOperator(
          name: current.name, kind: current.kind, graphPath: current.graphPath, inputs: current.inputs.map(number),
          outputs: outputs, role: current.role))
    }
    return graph
  }
}

extension PlanOptions {
  /// What is known of the operators of a region.
  func within(_ region: FoldRegion) -> PlanOptions {
    var options = PlanOptions()
    for (index, id) in region.operators.enumerated() {
      if let known = magnitudes[id] { options.magnitudes[OperatorID(index)] = known }
      if overflowing.contains(id) { options.overflowing.insert(OperatorID(index)) }
    }
    return options
  }
}
