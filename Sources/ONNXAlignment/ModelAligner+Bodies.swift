import ModelGraph
import ProtobufIO

extension ModelAligner {
  typealias TakenNode = (scope: GraphScope, node: NamedNode, body: GraphScope)

  /// An If of the candidate whose condition is known, and the original's in its place; nil for other nodes.
  ///
  /// What it hands out may have other names, so those of a graph are counted.
  func takenPartners(
    of index: Int, _ original: GraphScope, _ candidate: GraphScope
  ) -> (original: TakenNode, candidate: TakenNode)? {
    let (places, others) = (original.takenBranches.keys.sorted(), candidate.takenBranches.keys.sorted())
    guard let body = candidate.takenBody(of: index), places.count == others.count,
      let place = others.firstIndex(of: index).map({ places[$0] }), let first = original.takenBody(of: place),
      original.takenBranches[place] == candidate.takenBranches[index]
    else { return nil }
    return ((original, original.nodes[place], first), (candidate, candidate.nodes[index], body))
  }

  /// Aligns two Ifs of one known condition: what both hand out, and the bodies that run.
  ///
  /// The other bodies may be whatever they like.
  mutating func alignTaken(_ original: TakenNode, _ candidate: TakenNode) throws {
    noteSame()
    for output in candidate.node.outputs where !output.isEmpty {
      let old = originalName(of: output)
      // A name that the original does not have is judged where it is read.
      guard original.scope.defines(old) else { continue }
      let isSame = originalName(of: candidate.scope.source(of: output)) == original.scope.source(of: old)
      if try !isSame && !recoverFold(of: old, as: output, original.scope, candidate.scope) {
        note(old, original.scope, "its If hands out another value")
      }
    }
    try alignInside(original.body, candidate.body, comparesOutputs: false)
  }
}
