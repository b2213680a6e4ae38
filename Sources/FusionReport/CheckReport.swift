public import Equivalence
internal import FoundationEssentials

/// What a check of one or two models found.
///
/// Its JSON form is a contract (`schemaVersion` 1; new keys do not raise it).
public struct CheckReport: Codable, Equatable, Sendable {
  /// A model that was run.
  public struct Model: Codable, Equatable, Sendable {
    public var path: String
    public var irVersion: Int
    /// The nodes of the main graph, without constants.
    public var nodes: Int

    public init(path: String, irVersion: Int, nodes: Int) {
      self.path = path
      self.irVersion = irVersion
      self.nodes = nodes
    }
  }

  public var schemaVersion = 1
  public var tool: Report.Tool
  public var original: Model
  /// nil where one model was compared with recorded outputs.
  public var candidate: Model?
  public var check: CheckResult

  public init(tool: Report.Tool, original: Model, candidate: Model?, check: CheckResult) {
    self.tool = tool
    self.original = original
    self.candidate = candidate
    self.check = check
  }
}

extension CheckReport {
  /// The report as JSON with sorted keys, ending in a newline.
  ///
  /// - Throws: What encoding throws; a report holds finite numbers only.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// The report for people: the verdict, then a line for each output.
  ///
  /// - Parameter isVerbose: Whether every value that was compared and every node that was not executed is listed.
  public func text(verbose isVerbose: Bool = false) -> String {
    check.lines(verbose: isVerbose).map(ShownText.shown).joined(separator: "\n") + "\n"
  }
}
