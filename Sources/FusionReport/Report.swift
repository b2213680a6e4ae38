public import Equivalence

/// What became of each norm of a model: the report that scripts read and people's summaries are made of.
///
/// Its JSON form is a contract (`schemaVersion` 1; new keys do not raise it).
public struct Report: Codable, Equatable, Sendable {
  public var schemaVersion = 1
  public var tool: Tool
  public var input: Input
  /// nil where no model was asked for.
  public var output: Output?
  public var summary: Summary
  public var folds: [Fold]
  /// Sums, differences, products and quotients with constants that were folded beside the norms.
  public var affineFolds: [AffineFold] = []
  public var declined: [Decline]
  public var renamed: [Renaming]
  public var warnings: [Warning]
  /// What running both models showed; only where that was asked for.
  public var check: CheckResult?
  /// Every norm with its surroundings; only where a model is inspected.
  public var norms: [Norm]?

  public init(
    tool: Tool, input: Input, output: Output?, summary: Summary, folds: [Fold], declined: [Decline],
    renamed: [Renaming], warnings: [Warning], norms: [Norm]?
  ) {
    self.tool = tool
    self.input = input
    self.output = output
    self.summary = summary
    self.folds = folds
    self.declined = declined
    self.renamed = renamed
    self.warnings = warnings
    self.norms = norms
  }
}

extension Report {
  /// The program that made the report.
  public struct Tool: Codable, Equatable, Sendable {
    public var name: String
    public var version: String

    public init(name: String, version: String) {
      self.name = name
      self.version = version
    }
  }

  /// The model that was read.
  public struct Input: Codable, Equatable, Sendable {
    public var path: String
    public var format: String
    public var bytes: Int
    public var irVersion: Int
    /// The version of each operator set that the model imports, by domain.
    public var opsets: [String: Int]
    /// The nodes of all graphs and functions.
    public var nodes: Int
    public var batchNorms: Int

    public init(
      path: String, format: String, bytes: Int, irVersion: Int, opsets: [String: Int], nodes: Int, batchNorms: Int
    ) {
      self.path = path
      self.format = format
      self.bytes = bytes
      self.irVersion = irVersion
      self.opsets = opsets
      self.nodes = nodes
      self.batchNorms = batchNorms
    }
  }

  /// The model that was written, or would have been.
  public struct Output: Codable, Equatable, Sendable {
    public var path: String
    /// The size of the model, without a data file beside it.
    public var bytes: Int
    public var nodes: Int

    public init(path: String, bytes: Int, nodes: Int) {
      self.path = path
      self.bytes = bytes
      self.nodes = nodes
    }
  }

  /// Counts: `batchNorms = folded + declined + merged + lowered`.
  public struct Summary: Codable, Equatable, Sendable {
    public var batchNorms: Int
    public var folded: Int
    public var declined: Int
    public var merged = 0
    public var lowered = 0
    public var affineFolded = 0
    /// What it all took.
    public var secondsTotal: Double
    /// What reading the model took, and resolving its names.
    public var secondsReading = 0.0
    /// What deciding took, without looking at weights.
    public var secondsPlanning = 0.0

    public init(batchNorms: Int, folded: Int, declined: Int, secondsTotal: Double) {
      self.batchNorms = batchNorms
      self.folded = folded
      self.declined = declined
      self.secondsTotal = secondsTotal
    }
  }

  /// A norm that stays.
  public struct Decline: Codable, Equatable, Sendable {
    public var batchNorm: String
    public var node: String
    public var graph: String
    /// A stable code.
    public var code: String
    /// One sentence.
    public var reason: String

    public init(batchNorm: String, node: String, graph: String, code: String, reason: String) {
      self.batchNorm = batchNorm
      self.node = node
      self.graph = graph
      self.code = code
      self.reason = reason
    }
  }

  /// An intermediate value whose contents changed: the new one is `scale · old + shift` per channel.
  public struct Renaming: Codable, Equatable, Sendable {
    public var old: String
    public var new: String
    public var scale: [Double]
    public var shift: [Double]

    public init(old: String, new: String, scale: [Double], shift: [Double]) {
      self.old = old
      self.new = new
      self.scale = scale
      self.shift = shift
    }
  }

  /// Something that the model's owner should look at.
  public struct Warning: Codable, Equatable, Sendable {
    public var code: String
    /// The norm's node, or its output where the node has no name; empty for the model as a whole.
    public var node: String
    public var text: String

    public init(code: String, node: String, text: String) {
      self.code = code
      self.node = node
      self.text = text
    }
  }
}
