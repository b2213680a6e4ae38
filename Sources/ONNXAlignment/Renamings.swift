import ModelGraph
import ProtobufIO

/// Finds values that a candidate names otherwise.
///
/// A tool that drops a node may let its readers read the value before it under that value's name, which then means
/// what the dropped node made.
enum Renamings {
  /// The candidate's names by the original's.
  ///
  /// - Throws: `ModelFileError` where a tensor in an attribute cannot be read.
  /// - Complexity: O(nodes).
  static func found(in original: GraphScope, _ candidate: GraphScope) throws -> [Name: Name] {
    var found: [Name: Name] = [:]
    var taken: Set<Name> = []
    for (place, node) in candidate.nodes.enumerated() where !candidate.idleNodes.contains(place) {
      guard let output = node.outputs.first(where: { !$0.isEmpty }),
        let index = original.producer(of: output)
      else { continue }
      let partner = original.nodes[index]
      // A reader that reads otherwise may well read something else.
      guard partner.operatorType == node.operatorType, partner.inputs.count == node.inputs.count,
        try partner.attributes.differing(from: node.attributes) == nil
      else { continue }
      for (old, new) in zip(partner.inputs, node.inputs) where old != new && !old.isEmpty && !new.isEmpty {
        guard !candidate.defines(old), found[old] == nil, !original.isConstant(old),
          !candidate.isConstant(new), original.source(of: old) != new, taken.insert(new).inserted
        else { continue }
        found[old] = new
      }
    }
    return found
  }
}
