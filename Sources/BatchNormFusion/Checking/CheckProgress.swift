/// How far a check of two models is.
public struct CheckProgress: Equatable, Sendable {
  /// The nodes of the original that were executed, over all runs.
  public let nodes: Int

  /// How many there are to execute.
  public let total: Int
}
