/// Values joined along one axis.
package struct Concatenation: Sendable {
  package let axis: Int

  /// The length of each part along the axis; nil where one is not known.
  package let counts: [Int]?

  package init(axis: Int, counts: [Int]?) {
    self.axis = axis
    self.counts = counts
  }

  /// The channels of one part along the axis, nil where their number is not known.
  func view(of part: Int) -> ChannelView? { counts.map { .axis(axis, count: $0[part]) } }

  /// How the channels of the joined value, seen in one way, come from one part.
  ///
  /// - Returns: nil where that is not known.
  func relation(of part: Int, behind output: ChannelView) -> ChannelRelation? {
    guard output.axis == axis else { return ChannelRelation(output, became: output) }
    guard let counts, counts.reduce(0, +) == output.count else { return nil }
    return relation(of: part, counts)
  }

  /// How the channels of one part, seen in one way, go on into the joined value.
  ///
  /// - Returns: nil where that is not known, or where the other parts lie along another axis of the same map.
  func relation(of part: Int, before input: ChannelView) -> ChannelRelation? {
    guard input.axis == axis, let counts, counts[part] == input.count else { return nil }
    return relation(of: part, counts)
  }

  private func relation(of part: Int, _ counts: [Int]) -> ChannelRelation {
    let first = counts[..<part].reduce(0, +)
    return ChannelRelation(
      input: .axis(axis, count: counts[part]), output: .axis(axis, count: counts.reduce(0, +)),
      pairing: Array(0..<counts[part]), with: Array(first..<first + counts[part]))
  }
}
