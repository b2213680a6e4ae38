import Tensors

@testable import BatchNormFolding

/// Which values become one where operators go.
struct SameValues {
  private var roots: [Int]

  init(_ graph: FoldGraph, _ fates: [OperatorID: RemovalOracle.Fate]) {
    roots = Array(graph.values.indices)
    for (index, current) in graph.operators.enumerated() {
      var isIdentity = false
      if case .carrier(let carrier) = current.role { isIdentity = carrier.isIdentity }
      guard isIdentity || fates[OperatorID(index)] == .goes else { continue }
      let (input, output) = (root(current.inputs[0]), root(current.outputs[0]))
      roots[output] = input
    }
  }

  private func root(_ value: ValueID) -> Int {
    var root = value.index
    while roots[root] != root { root = roots[root] }
    return root
  }

  func areOne(_ first: [ValueID], _ second: [ValueID]) -> Bool { first.map(root) == second.map(root) }
}
