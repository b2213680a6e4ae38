import Tensors
import Testing

@testable import BatchNormFolding

extension GraphBuilder {
  /// Expects that a plan leaves every value as it was, but for what it says of those that changed.
  ///
  /// - Parameters:
  ///   - inputs: The channels of each value that nothing makes.
  ///   - isExact: Whether nothing is ever rounded, so that values must be the same to the last bit: inputs are then
  ///     small whole numbers of eighths.
  func expectSameValues(
    under plan: FoldPlan, inputs: [ValueID: Int], seed: UInt64 = 1, isExact: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    guard let difference = try firstDifference(under: plan, inputs: inputs, seed: seed, isExact: isExact) else {
      return
    }
    Issue.record("seed \(seed): \(difference)\n\(text)", sourceLocation: sourceLocation)
  }

  /// What first differs from what a plan says, nil if nothing does.
  private func firstDifference(
    under plan: FoldPlan, inputs: [ValueID: Int], seed: UInt64, isExact: Bool
  ) throws -> String? {
    var generator = SeededGenerator(seed: seed)
    func number() -> Double {
      isExact
        ? Double(Int.random(in: -16...16, using: &generator)) / 8 : Double.random(in: -2...2, using: &generator)
    }
    var contents: [ValueID: GraphRun.Content] = [:]
    for (value, channels) in inputs.sorted(by: { $0.key.index < $1.key.index }) {
      contents[value] = (0..<channels).map { _ in (0..<3).map { _ in number() } }
    }
    let (before, after) = (try GraphRun(self, contents), try GraphRun(self, contents, plan: plan))
    for value in graph.values.indices.map(ValueID.init) {
      let (name, isPinned) = (graph[value].name, !graph[value].pins.isEmpty)
      if plan.successors[value] != nil {
        if isPinned { return "'\(name)' has no name any more" }
        continue
      }
      if isPinned, plan.changes[value] != nil { return "'\(name)' is said to change" }
      guard let old = before.contents[value], let new = after.contents[value] else {
        if isPinned { return "'\(name)' is gone" }
        continue
      }
      guard let expected = plan.changes[value].map({ $0.map?.applied(to: old) }) ?? old else { continue }
      if isExact ? new != expected : !Self.isNear(new, expected) { return "'\(name)' is \(new), not \(expected)" }
    }
    return nil
  }

  private static func isNear(_ contents: GraphRun.Content, _ expected: GraphRun.Content) -> Bool {
    let largest = expected.joined().map(abs).max() ?? 0
    return zip(contents.joined(), expected.joined()).allSatisfy { abs($0 - $1) <= 1e-9 * (1 + largest) }
  }
}

extension ValueChange.Map {
  fileprivate func applied(to content: GraphRun.Content) -> GraphRun.Content {
    content.enumerated().map { channel, row in
      let channel = view == .uniform ? 0 : channel
      return row.map { scale[channel] * $0 + shift[channel] }
    }
  }
}
