internal import FoundationEssentials

extension Report {
  /// The report as JSON with sorted keys, ending in a newline; the same report gives the same text.
  ///
  /// - Throws: What encoding throws; a report holds finite numbers only.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}
