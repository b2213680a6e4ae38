import Equivalence
import ModelGraph
import ProtobufIO

extension ModelAligner {
  /// The candidate's names of values that it names otherwise, by the original's.
  ///
  /// A reader of another value may read the same by another name, or may have taken in what lies between both. So a
  /// name that means in the candidate what it means in the original is no other name of anything; and a name that is
  /// new is one only if what makes it says so.
  ///
  /// - Parameter known: Those of the graphs around; they are among the result.
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  /// - Complexity: O(bytes of both) where a name is in question, else O(nodes).
  static func renamings(
    from original: GraphScope, to candidate: GraphScope, limit: Double, beside known: [Name: Name] = [:]
  ) throws -> [Name: Name] {
    let found = try Renamings.found(in: original, candidate)
    guard !found.isEmpty else { return known }
    let oldNames = Dictionary(found.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var renamed = known
    var aligner = ModelAligner(renamed, limit: limit)
    var same = Set(candidate.inputs.map(\.name)).intersection(original.inputs.map(\.name))
    for node in candidate.nodes {
      guard let output = node.outputs.first(where: { !$0.isEmpty }) else { continue }
      if original.defines(output), try aligner.share(output, as: output, made: node, original, candidate, same) == 1 {
        same.formUnion(node.outputs)
      } else if let old = oldNames[output] {
        let renaming = ModelAligner(renamed.merging([old: output]) { first, _ in first }, limit: limit)
        let share = try renaming.share(old, as: output, made: node, original, candidate, same)
        // A fold of which a few elements are wrong is still one.
        guard original.defines(output) || share > 0.5 else { continue }
        renamed[old] = output
        aligner = renaming
        same.insert(output)
      }
    }
    // What is made outside may stand for what the original makes inside.
    for (old, new) in found where renamed[old] == nil && original.defines(old) {
      guard let maker = candidate.maker(of: new)?.node, maker.scope !== candidate,
        try aligner.share(old, as: new, made: maker.node, original, candidate, same) > 0.5
      else { continue }
      renamed[old] = new
    }
    return renamed
  }

  /// How much of what makes a value in the candidate is as it should be: 1 where that is the same, the elements within
  /// the limit where it is a fold, 0 where it is something else.
  private func share(
    _ old: Name, as new: Name, made node: NamedNode, _ original: GraphScope, _ candidate: GraphScope, _ same: Set<Name>
  ) throws -> Double {
    // What subgraphs and functions make is not compared here.
    guard old == new || node.bodies.isEmpty && node.domain.isOwn else { return 0 }
    func isSame(_ name: Name) -> Bool {
      name.isEmpty || candidate.isConstant(name) || same.contains(name) || !candidate.defines(name)
    }
    if let partner = original.producer(of: old).map({ original.nodes[$0] }),
      try difference(partner, node, original, candidate) == nil
    {
      return node.inputs.allSatisfy(isSame) ? 1 : 0
    }
    guard let fold = try fold(of: old, as: new, original, candidate), isSame(fold.other.activation) else { return 0 }
    let certificate = try fold.comparison.certificate(fold.titles(of: "", in: ""), limit: limit)
    guard certificate.isBeyondLimit else { return 1 }
    let shares = [certificate.weight, certificate.bias].compactMap { distance in
      distance.map { 1 - Double($0.beyondLimit) / Double(max($0.elements, 1)) }
    }
    return 0.99 * (shares.min() ?? 0)
  }
}
