import BatchNormFusion
import FoundationEssentials

/// What a fused model is made of, kept beside it.
///
/// SwiftPM links a plugin's tool anew whenever it plans a build, with the same bytes, and then runs it again for every
/// model. The record tells that from a change: a file that was only touched counts as changed, a tool does not.
struct MadeRecord {
  let path: String
  /// Of the sources and the tool as they were before anything was made.
  private let ingredients: String

  /// - Parameters:
  ///   - path: Where the record is kept.
  ///   - sources: The files that a model is made of.
  init(at path: String, sources: [String]) throws {
    self.path = path
    ingredients = try Self.states(of: sources) + Self.toolHash() + "\n"
  }

  /// Whether the results are there as they were made, of these sources, by this tool.
  func holds(for results: [String]) throws -> Bool {
    guard FileManager.default.fileExists(atPath: path),
      results.allSatisfy({ FileManager.default.fileExists(atPath: $0) })
    else { return false }
    return try Data(contentsOf: URL(filePath: path)) == contents(results)
  }

  func write(for results: [String]) throws {
    try contents(results).write(to: URL(filePath: path))
  }

  private func contents(_ results: [String]) throws -> Data {
    Data((ingredients + (try Self.states(of: results))).utf8)
  }

  private static func states(of paths: [String]) throws -> String {
    try paths.map { path in
      // A link is told by what it leads to.
      let attributes = try FileManager.default.attributesOfItem(
        atPath: URL(filePath: path).resolvingSymlinksInPath().path)
      guard let size = attributes[.size] as? any BinaryInteger, let modified = attributes[.modificationDate] as? Date
      else { throw StepError("\(path): has no size or time") }
      return "\(size) \(modified.timeIntervalSinceReferenceDate) \(path)\n"
    }.joined()
  }

  private static func toolHash() throws -> String {
    let path = ProcessArguments.all.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let tool = try Data(contentsOf: URL(filePath: path))
    var hash = ContentHash()
    hash.update(tool.bytes)
    return hash.hexadecimal
  }
}
