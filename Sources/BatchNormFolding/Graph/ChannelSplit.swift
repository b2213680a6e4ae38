/// A value cut along one axis into the operator's outputs.
package struct ChannelSplit: Sendable {
  package let axis: Int

  /// The length of each part; nil where one is not known.
  package let counts: [Int]?

  package init(axis: Int, counts: [Int]?) {
    self.axis = axis
    self.counts = counts
  }

  /// How the channels of one part, seen in one way, come from the whole.
  ///
  /// Along another axis they are those of the other parts too.
  ///
  /// - Returns: nil where that is not known.
  func relation(of part: Int, behind output: ChannelView) -> ChannelRelation? {
    guard output.axis == axis else { return ChannelRelation(output, became: output) }
    guard let counts, counts.indices.contains(part), counts[part] == output.count else {
      return nil
    }
    return relation(of: part, counts)
  }

  /// How the channels of the whole, seen in one way, go on into one part.
  ///
  /// - Returns: nil where that is not known.
  func relation(of part: Int, before input: ChannelView) -> ChannelRelation? {
    guard input.axis == axis else { return ChannelRelation(input, became: input) }
    guard let counts, counts.indices.contains(part), counts.reduce(0, +) == input.count else { return nil }
    return relation(of: part, counts)
  }

  private func relation(of part: Int, _ counts: [Int]) -> ChannelRelation {
    let first = counts[..<part].reduce(0, +)
    return ChannelRelation(
      input: .axis(axis, count: counts.reduce(0, +)), output: .axis(axis, count: counts[part]),
      pairing: Array(first..<first + counts[part]), with: Array(0..<counts[part]))
  }
}
