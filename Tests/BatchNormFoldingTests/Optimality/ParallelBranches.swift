import Tensors

@testable import BatchNormFolding

/// The trees of sums of a graph, and which of their branches stand side by side.
struct ParallelBranches {
  private let graph: FoldGraph
  private let readers: [[OperatorID]]

  init(_ graph: FoldGraph) {
    self.graph = graph
    var readers = Array(repeating: [OperatorID](), count: graph.values.count)
    for (index, current) in graph.operators.enumerated() {
      for input in current.inputs { readers[input.index].append(OperatorID(index)) }
    }
    self.readers = readers
  }

  /// The linear operators that could add a norm to what they make, if they read the same.
  func candidates(beside norm: OperatorID) -> [OperatorID] {
    guard let output = graph[norm].outputs.first, let sum = sum(reading: output), graph[sum].inputs.count == 2,
      let other = graph[sum].inputs.first(where: { $0 != output }), let made = graph[sum].outputs.first,
      isFree(other) || graph[made].pins.isEmpty
    else { return [] }
    var top = sum
    while let output = graph[top].outputs.first, let next = self.sum(reading: output) { top = next }
    return leaves(below: top).filter { leaf in
      guard let linear = graph[leaf].linear else { return false }
      return linear.identityElements != nil && linear.holdsBias
    }
  }

  private func leaves(below sum: OperatorID) -> [OperatorID] {
    graph[sum].inputs.flatMap { input -> [OperatorID] in
      guard isFree(input), let producer = graph[input].producer else { return [] }
      if case .sum(let inner) = graph[producer].role, !inner.isDifference { return leaves(below: producer) }
      return [producer]
    }
  }

  private func isFree(_ value: ValueID) -> Bool {
    graph[value].pins.isEmpty && graph[value].readerCount == 1 && readers[value.index].count == 1
  }

  private func sum(reading value: ValueID) -> OperatorID? {
    guard isFree(value), let reader = readers[value.index].first, case .sum(let sum) = graph[reader].role,
      !sum.isDifference
    else { return nil }
    return reader
  }
}
