public import Equivalence

extension Report {
  /// A norm that was folded.
  public struct Fold: Codable, Equatable, Sendable {
    /// The norm's output value.
    public var batchNorm: String
    public var node: String
    /// The path of the graph that it was in.
    public var graph: String
    public var into: [Target]
    /// `backward`, `forward`, `sideways`, or `merged` into other norms.
    public var direction: String
    /// What stood between the operators and the norm, in order.
    public var through: [String]
    public var channels: Int
    /// nil where no weight was measured.
    public var certificate: Certificate?
    /// Codes of warnings about this norm.
    public var warnings: [String]

    public init(
      batchNorm: String, node: String, graph: String, into: [Target], direction: String = "backward",
      through: [String], channels: Int, certificate: Certificate?, warnings: [String]
    ) {
      self.batchNorm = batchNorm
      self.node = node
      self.graph = graph
      self.into = into
      self.direction = direction
      self.through = through
      self.channels = channels
      self.certificate = certificate
      self.warnings = warnings
    }
  }

  /// An operator with a constant that was folded.
  public struct AffineFold: Codable, Equatable, Sendable {
    public var `operator`: String
    public var node: String
    /// Its output value.
    public var output: String
    /// The path of the graph that it was in.
    public var graph: String
    public var into: [Target]

    public init(operator: String, node: String, output: String, graph: String, into: [Target]) {
      self.operator = `operator`
      self.node = node
      self.output = output
      self.graph = graph
      self.into = into
    }
  }

  /// An operator whose parameters took a fold in.
  public struct Target: Codable, Equatable, Sendable {
    /// What a target's parameters are to the fold.
    public enum Role: String, Codable, Sendable {
      case weight, bias, both
    }

    public var `operator`: String
    public var node: String
    public var output: String
    public var role: Role

    public init(operator: String, node: String, output: String, role: Role) {
      self.operator = `operator`
      self.node = node
      self.output = output
      self.role = role
    }
  }

  /// How far the stored numbers are from the exact real fold.
  public struct Certificate: Codable, Equatable, Sendable {
    /// In units in the last place of the stored type.
    public var maxWeightUlp: Double
    /// The last place of a bias that is stored as integers is a step of their scale.
    public var maxBiasUlp: Double
    /// Of biases that are stored as integers, in steps of their scales; nil where none is.
    public var maxBiasSteps: Double?
    public var outputBound: OutputBound

    public init(maxWeightUlp: Double, maxBiasUlp: Double, maxBiasSteps: Double? = nil, outputBound: OutputBound) {
      self.maxWeightUlp = maxWeightUlp
      self.maxBiasUlp = maxBiasUlp
      self.maxBiasSteps = maxBiasSteps
      self.outputBound = outputBound
    }
  }
}
