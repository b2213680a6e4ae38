package import ProtobufIO
import RecordedData

/// Checks the rules of ONNX on which everything that reads a model relies: each name is defined once and before it is
/// read, each domain is imported, and each node says what it is.
///
/// What runs a model and what folds it ask here first, so that both refuse the same files in the same words.
struct ModelValidator {
  private let document: ONNXDocument

  /// The names that are known, in the outermost graph first.
  private var scopes: [Set<Name>] = []

  init(_ document: ONNXDocument) { self.document = document }

  mutating func validate() throws(ModelFileError) {
    let imports = document.opsetImports
    try check(imports)
    let domains = Self.domains(of: imports, isOwnKnown: document.irVersion < 3 && imports.isEmpty)
    try validate(document.graph, path: "/", domains)
    var functions: Set<[Name]> = []
    for function in document.functions {
      let key = [function.domain.canonicalDomain, function.name, function.overload]
      guard functions.insert(key).inserted else {
        throw document.failure("function '\(function.name)' is defined twice")
      }
      try check(function.opsetImports)
      try validate(function, Self.domains(of: function.opsetImports, isOwnKnown: domains.contains("")))
    }
  }

  // The reader has bounded the depth of what is nested.

  private mutating func validate(_ graph: GraphView, path: String, _ domains: Set<Name>) throws(ModelFileError) {
    scopes.append([])
    let inputs = graph.inputs.map(\.name)
    for input in inputs { try define(input, by: "the graph's inputs") }
    var offered = Set(inputs)
    for name in graph.initializers.map(\.name) + graph.sparseInitializers.compactMap({ $0.values?.name }) {
      // An input may have a tensor for its default, but one.
      if offered.remove(name) == nil { try define(name, by: "the initializers") }
    }
    try validate(graph.nodes, path: path, domains)
    for output in graph.outputs where !isKnown(output.name) {
      throw document.failure("graph output '\(output.name)' of \(path) is defined by nothing")
    }
    scopes.removeLast()
  }

  private mutating func validate(_ function: FunctionView, _ domains: Set<Name>) throws(ModelFileError) {
    scopes = [[]]
    for input in function.inputs { try define(input, by: "the inputs of function '\(function.name)'") }
    try validate(function.nodes, path: "function \(function.name)", domains)
    for output in function.outputs where !isKnown(output) {
      throw document.failure("output '\(output)' of function '\(function.name)' is defined by nothing")
    }
    scopes = []
  }

  private mutating func validate(
    _ nodes: [NodeView], path: String, _ domains: Set<Name>
  ) throws(ModelFileError) {
    for (index, node) in nodes.enumerated() {
      guard !node.operatorType.isEmpty else { throw document.failure("node \(index) has no operator type") }
      if let attribute = node.repeatedAttribute {
        throw document.failure("\(Self.title(node, index)) has the attribute '\(attribute)' twice")
      }
      for input in node.inputs where !input.isEmpty && !isKnown(input) {
        throw document.failure("\(Self.title(node, index)) reads '\(input)', which nothing before it defines")
      }
      for attribute in node.attributes where attribute.holdsGraphs {
        let name = node.name.isEmpty ? node.outputs.first ?? node.name : node.name
        for (position, graph) in attribute.graphs.enumerated() {
          let suffix = attribute.graphs.count == 1 ? "" : "[\(position)]"
          try validate(graph, path: "\(path == "/" ? "" : path)/\(name)/\(attribute.name)\(suffix)", domains)
        }
      }
      for output in node.outputs where !output.isEmpty { try define(output, by: Self.title(node, index)) }
      let domain = node.domain.canonicalDomain
      guard domains.contains(domain) else {
        let label = domain.isEmpty ? "ONNX's own operators" : "the domain '\(domain)'"
        throw document.failure("\(Self.title(node, index)) needs \(label), of which the model imports no version")
      }
    }
  }

  private static func title(_ node: NodeView, _ index: Int) -> String {
    node.name.isEmpty ? "node \(index) (\(node.operatorType))" : "node '\(node.name)' (\(node.operatorType))"
  }
}

// MARK: - Names

extension ModelValidator {
  private mutating func define(_ name: Name, by definer: @autoclosure () -> String) throws(ModelFileError) {
    guard scopes[scopes.count - 1].insert(name).inserted else {
      throw document.failure("value '\(name)' is defined twice, the second time by \(definer())")
    }
  }

  private func isKnown(_ name: Name) -> Bool {
    for scope in scopes.reversed() where scope.contains(name) { return true }
    return false
  }
}

// MARK: - Operator sets

extension ModelValidator {
  /// The domains that nodes may come from.
  private static func domains(of imports: [OpsetImport], isOwnKnown: Bool) -> Set<Name> {
    Set(imports.map(\.domain.canonicalDomain) + (isOwnKnown ? [""] : []))
  }

  private func check(_ imports: [OpsetImport]) throws(ModelFileError) {
    for opset in imports where opset.domain.canonicalDomain.isEmpty {
      guard (1...ONNXDocument.newestOpset).contains(opset.version) else {
        throw ModelFileError(
          .unsupported, path: document.path, "opset \(opset.version) is not known; 1 to \(ONNXDocument.newestOpset) are"
        )
      }
    }
    var versions: [Name: Int] = [:]
    for opset in imports {
      let domain = opset.domain.canonicalDomain
      guard let other = versions.updateValue(opset.version, forKey: domain) else { continue }
      throw document.failure(
        "imports the operator set '\(domain)' twice, as version \(other) and \(opset.version)")
    }
  }
}

extension ONNXDocument {
  /// The newest operator set whose operators are known.
  package static let newestOpset = 28

  /// Checks that names, domains and operators are used as ONNX demands of every model.
  ///
  /// - Throws: `malformed` for a name that nothing defines before it is read or that is defined twice, a function that is,
  ///   a node without an operator, with an attribute that is given twice, or from a domain that is not imported;
  ///   `unsupported` for an operator set that is not known.
  /// - Complexity: O(parts of the model).
  package func validate() throws(ModelFileError) {
    var validator = ModelValidator(self)
    try validator.validate()
  }
}
