extension Report {
  /// A norm as it stands in the model.
  public struct Norm: Codable, Equatable, Sendable {
    public var batchNorm: String
    public var node: String
    public var graph: String
    /// `inference`, `training`, `assumed-inference` or `unknown`.
    public var mode: String
    /// nil where the parameters are not known.
    public var channels: Int?
    /// nil where it is no finite number.
    public var epsilon: Double?
    /// What computes its input.
    public var fedBy: String
    public var folds: Bool
    /// The code of the reason why it does not fold.
    public var code: String?
    public var reason: String?
    /// The largest channel's weight range over the smallest's, before and after the fold.
    public var rangeSpread: RangeSpread?
    public var warnings: [String]

    public init(
      batchNorm: String, node: String, graph: String, mode: String, channels: Int?, epsilon: Double?, fedBy: String,
      folds: Bool, code: String?, reason: String?, rangeSpread: RangeSpread?, warnings: [String]
    ) {
      self.batchNorm = batchNorm
      self.node = node
      self.graph = graph
      self.mode = mode
      self.channels = channels
      self.epsilon = epsilon
      self.fedBy = fedBy
      self.folds = folds
      self.code = code
      self.reason = reason
      self.rangeSpread = rangeSpread
      self.warnings = warnings
    }
  }

  /// How unequal the weight ranges of an operator's channels are: what one scale for all of them would cost.
  public struct RangeSpread: Codable, Equatable, Sendable {
    public var before: Double
    public var after: Double

    public init(before: Double, after: Double) {
      self.before = before
      self.after = after
    }
  }
}
