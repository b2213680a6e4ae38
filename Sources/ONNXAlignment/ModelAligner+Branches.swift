import ModelGraph
import ProtobufIO

extension ModelAligner {
  /// Both models' forms of a sum of which a linear operator took in the branches that are maps of its activation; nil
  /// where it is none.
  func parallelForms(
    of old: Name, as new: Name, _ original: GraphScope, _ candidate: GraphScope
  ) throws -> (LinearForm, LinearForm)? {
    guard let sum = original.sum(behind: old) else { return nil }
    let others = candidate.sum(behind: new) ?? ValueSum(terms: [new])
    guard others.links.isEmpty else { return nil }
    var (terms, rest) = (sum.terms, others.terms)
    // What stands in both sums alike adds the same, unless maps follow.
    if sum.links.isEmpty {
      for term in others.terms {
        guard let place = try terms.firstIndex(where: { try isSame($0, term, original, candidate) }) else { continue }
        terms.remove(at: place)
        rest.removeAll { $0 == term }
      }
    }
    guard rest.count == 1, terms.count > 1, let whole = candidate.linearForm(of: rest[0]) else { return nil }
    for (index, term) in terms.enumerated() {
      guard var form = original.linearForm(of: term), try form.hasSameOperator(as: whole),
        let (place, entrance) = try nearest(form.entrances, whole.entrances, original, candidate)
      else { continue }
      form = form.entered(at: place)
      let beside = terms.enumerated().filter { $0.offset != index }.map(\.element)
      let parallels = beside.compactMap { term in
        original.entrances(from: term).first { $0.activation == form.activation }?.links
      }
      guard parallels.count == beside.count else { continue }
      form.parallels = parallels
      form.outerLinks = sum.links
      var other = whole.entered(at: entrance)
      other.ownNodes += others.nodes
      return (form, other)
    }
    return nil
  }
}
