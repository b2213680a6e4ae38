import ModelGraph
import ProtobufIO

extension ModelAligner {
  /// Both models' forms of a value that maps alone make, of which the candidate has one norm; nil where it is none.
  ///
  /// A norm that takes in its neighbours changes its gamma and beta, so these are the weight and the bias. The
  /// original's maps need not have a norm in that place, so its weight is 1.
  func mergedForms(
    of old: Name, as new: Name, _ original: GraphScope, _ candidate: GraphScope
  ) throws -> (LinearForm, LinearForm)? {
    // Each is the first of its own.
    let firsts = Array(original.entrances(from: old).dropFirst())
    let seconds = Array(candidate.entrances(from: new).dropFirst())
    guard let (place, index) = try nearest(firsts, seconds, original, candidate) else { return nil }
    let (first, second) = (firsts[place], seconds[index])
    let norms = second.links.indices.filter { if case .norm = second.links[$0] { true } else { false } }
    guard norms.count == 1, case .norm(let node) = second.links[norms[0]], node.inputs.count == 5,
      node.inputs.dropFirst().allSatisfy(candidate.isConstant),
      let (shape, kind) = try candidate.typeOfConstant(node.inputs[1]), shape.count == 1, shape[0] > 0
    else { return nil }
    let fromEnd =
      try (original.rank(of: first.activation) ?? candidate.rank(of: second.activation)).map { $0 - 2 }
      ?? original.channelAxisFromEnd(of: first.links, shape[0])
      ?? candidate.channelAxisFromEnd(of: second.links, shape[0]) ?? 0
    guard fromEnd >= 0 else { return nil }
    let form = LinearForm(
      kind: .maps(channels: shape[0], kind: kind, channelAxisFromEnd: fromEnd), node: node,
      entrances: [.init(activation: first.activation, links: [], nodes: [])], weight: "", bias: nil,
      links: first.links, ownNodes: [])
    let other = LinearForm(
      kind: .norm(channelAxisFromEnd: fromEnd), node: node,
      entrances: [
        .init(
          activation: second.activation, links: second.links[..<norms[0]] + [.standardization(node)], nodes: [])
      ], weight: node.inputs[1], bias: node.inputs[2], links: Array(second.links[(norms[0] + 1)...]),
      ownNodes: second.nodes)
    return (form, other)
  }
}
