import FoundationEssentials
package import ProtobufIO

/// The models in the folder `Fixtures`.
package enum Fixtures {
  /// The path of a hand-made model, by its name.
  package static func handmade(_ name: String) -> FilePath { FilePath("\(folder)/handmade/\(name).onnx") }

  /// The trained network.
  package static let digits = FilePath("\(folder)/digits/digits.onnx")

  /// The names of all hand-made models.
  package static let handmadeNames: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/handmade")) ?? []
    return files.filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()
  }()

  package static let folder: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(4).joined(separator: "/") + "/Fixtures"
  }()
}
