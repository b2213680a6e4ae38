/// A node that was not executed, and why.
public struct UnexecutedNode: Codable, Equatable, Sendable {
  /// The node's name, empty where it has none.
  public let node: String

  public let `operator`: String

  /// The node's first output.
  public let output: String

  /// One sentence.
  public let reason: String

  /// Whether the node itself could have run, had another one before it.
  public let isConsequence: Bool

  public init(node: String, operator: String, output: String, reason: String, isConsequence: Bool) {
    self.node = node
    self.operator = `operator`
    self.output = output
    self.reason = reason
    self.isConsequence = isConsequence
  }
}
