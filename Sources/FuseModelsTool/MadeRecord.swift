import BatchNormFusion
import FoundationEssentials

/// What a fused model was made of, kept beside it.
///
/// SwiftPM links a plugin's tool anew whenever it plans a build, with the same bytes, and then runs it again for every
/// model. The record tells that from a change: a file that was only touched counts as changed, a tool does not.
struct MadeRecord {
  let path: String

  init(at path: String) { self.path = path }

  /// Whether the results are there as they were made, of these sources, by this tool.
  func holds(sources: [String], results: [String]) throws -> Bool {
    guard let written = try? Data(contentsOf: URL(filePath: path)),
      results.allSatisfy({ FileManager.default.fileExists(atPath: $0) })
    else { return false }
    return try written == contents(sources, results)
  }

  func write(sources: [String], results: [String]) throws {
    try contents(sources, results).write(to: URL(filePath: path))
  }

  private func contents(_ sources: [String], _ results: [String]) throws -> Data {
    let files = try (sources + results).map { "\(try Self.state(of: $0)) \($0)\n" }
    return Data((files.joined() + "\(try Self.toolHash())\n").utf8)
  }

  private static func state(of path: String) throws -> String {
    // A link is told by what it leads to.
    let path = URL(filePath: path).resolvingSymlinksInPath().path
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    guard let size = attributes[.size] as? any BinaryInteger, let modified = attributes[.modificationDate] as? Date
    else { throw StepError("\(path): has no size or time") }
    return "\(size) \(modified.timeIntervalSinceReferenceDate)"
  }

  private static func toolHash() throws -> String {
    let tool = try Data(contentsOf: URL(filePath: CommandLine.arguments[0]))
    var hash = ContentHash()
    hash.update(tool.bytes)
    return hash.hexadecimal
  }
}
