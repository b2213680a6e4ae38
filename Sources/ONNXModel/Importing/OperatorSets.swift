import ProtobufIO
import RecordedData

/// The versions of the operator sets that a model or a function imports.
struct OperatorSets {
  private(set) var versions: [Name: Int] = [:]

  /// - Throws: `unsupported` for a version of ONNX's own operators that is not known, `malformed` for a set that is
  ///   imported twice.
  init(_ imports: [OpsetImport], in document: ONNXDocument) throws(ModelFileError) {
    for opset in imports where opset.domain.canonicalDomain.isEmpty {
      guard (1...ONNXDocument.newestOpset).contains(opset.version) else {
        throw ModelFileError(
          .unsupported, path: document.path, "opset \(opset.version) is not known; 1 to \(ONNXDocument.newestOpset) are"
        )
      }
    }
    for opset in imports {
      let domain = opset.domain.canonicalDomain
      guard let other = versions.updateValue(opset.version, forKey: domain) else { continue }
      throw document.failure(
        "imports the operator set '\(domain)' twice, as version \(other) and \(opset.version)")
    }
  }

  subscript(domain: Name) -> Int? { versions[domain] }

  /// The version of ONNX's own operators, nil where none is imported.
  var own: Int? { versions[""] }

  /// The same with another version of ONNX's own operators where none is imported.
  func completed(own version: Int?) -> OperatorSets {
    var result = self
    result.versions[""] = own ?? version
    return result
  }
}

extension ONNXDocument {
  /// The newest operator set whose operators are known.
  package static let newestOpset = 28
}
