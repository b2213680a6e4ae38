import Equivalence
import ONNXModel
import RecordedData
import Tensors

/// Resolves the names of a model's graphs and functions.
struct GraphPreparer {
  /// Which function a node calls.
  private struct FunctionKey: Hashable {
    let domain: Name
    let name: String
    let overload: Name
  }

  /// What a graph's nodes mean: the operator sets, and the attributes of the call that a function body is in.
  private struct Meaning {
    let versions: [Name: Int]
    var arguments: [Name: AttributeView]?
    /// How many bodies are around the graph.
    var depth = 0
    /// The functions whose bodies are around the graph.
    var callers: Set<FunctionKey> = []
  }

  /// What was prepared so far.
  private final class Progress {
    var nodeCount = 0
    /// The bodies of functions that were called without attributes, which are the same for every such call.
    var bodies: [FunctionKey: PreparedGraph] = [:]
  }

  /// The newest version of ONNX's own operators whose meaning is known here.
  private static let newestVersion = 28

  private let document: ONNXDocument
  private let functions: [FunctionKey: FunctionView]
  private let replacing: [GraphPlace: [Name: () throws -> Tensor]]
  private let budget: RunBudget
  private let progress = Progress()

  /// - Parameters:
  ///   - replacing: Tensors to be taken in place of constants.
  ///   - budget: What nodes count against.
  init(_ document: ONNXDocument, replacing: [ConstantPlace: () throws -> Tensor] = [:], budget: RunBudget) {
    self.document = document
    self.budget = budget
    self.replacing = replacing.reduce(into: [:]) { $0[$1.key.graph, default: [:]][$1.key.name] = $1.value }
    functions = Dictionary(
      document.functions.map {
        (FunctionKey(domain: $0.domain, name: $0.name.description, overload: $0.overload), $0)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The main graph.
  ///
  /// - Throws: `EvaluationError` for a name that nothing defines before it is read, or where a limit is reached.
  /// - Complexity: O(parts of the model), function bodies counted once for each call with other attributes.
  func prepareModel() throws -> PreparedGraph {
    try prepare(document.graph, in: nil, Meaning(versions: Self.versions(document.opsetImports)))
  }

  /// The main graph without its nodes: what it takes and what it gives.
  var interface: PreparedGraph {
    var prepared = PreparedGraph()
    for info in document.graph.inputs {
      prepared.inputs.append(PreparedGraph.Input(name: info.name, slot: prepared.slotCount, info: info))
      prepared.slotCount += 1
    }
    for info in document.graph.outputs {
      prepared.outputs.append(PreparedGraph.Output(name: info.name, slot: prepared.slotCount))
      prepared.slotCount += 1
    }
    return prepared
  }

  private static func versions(_ imports: [OpsetImport]) -> [Name: Int] {
    Dictionary(imports.map { (own($0.domain), $0.version) }, uniquingKeysWith: { first, _ in first })
  }

  /// ONNX's own operators have two names for their domain.
  private static func own(_ domain: Name) -> Name { domain == "ai.onnx" ? "" : domain }

  private func prepare(_ graph: GraphView, in parent: Scope?, _ meaning: Meaning) throws -> PreparedGraph {
    let scope = Scope(parent: parent)
    var prepared = PreparedGraph()
    var stored: [Name: ConstantSource] = [:]
    for tensor in graph.initializers { stored[tensor.name] = .tensor(tensor) }
    for sparse in graph.sparseInitializers {
      if let name = sparse.values?.name { stored[name] = .sparse(sparse) }
    }
    let replacing = replacing[graph.place] ?? [:]
    for (name, make) in replacing { stored[name] = .made(make) }
    for info in graph.inputs {
      let slot = scope.define(info.name, constant: stored.removeValue(forKey: info.name))
      prepared.inputs.append(PreparedGraph.Input(name: info.name, slot: slot, info: info))
    }
    for (name, constant) in stored { _ = scope.define(name, constant: constant) }
    let nodes = replacing.isEmpty ? graph.nodes : graph.nodes.filter { !$0.outputs.contains { replacing[$0] != nil } }
    return try prepare(nodes, outputs: graph.outputs.map(\.name), scope, meaning, into: prepared)
  }

  /// The body of a function that a node calls.
  private func body(
    of function: FunctionView, _ key: FunctionKey, calledBy node: PreparedNode, _ meaning: Meaning
  ) throws -> PreparedGraph {
    guard !meaning.callers.contains(key) else {
      throw EvaluationError(.invalidModel, "function '\(function.name)' calls itself")
    }
    if node.attributes.isEmpty, let known = progress.bodies[key] {
      try budget.check(depth: meaning.depth + 1 + known.height)
      return known
    }
    try budget.check(depth: meaning.depth + 1)
    let body = try prepare(function, key, calledBy: node, meaning)
    if node.attributes.isEmpty { progress.bodies[key] = body }
    return body
  }

  private func prepare(
    _ function: FunctionView, _ key: FunctionKey, calledBy node: PreparedNode, _ outer: Meaning
  ) throws -> PreparedGraph {
    let scope = Scope(parent: nil)
    var prepared = PreparedGraph()
    for name in function.inputs {
      prepared.inputs.append(PreparedGraph.Input(name: name, slot: scope.define(name), info: nil))
    }
    var arguments: [Name: AttributeView] = [:]
    for attribute in function.attributeDefaults { arguments[attribute.name] = attribute }
    for (name, attribute) in node.attributes { arguments[name] = attribute }
    // What a function does not say it has from its model.
    var versions = Self.versions(function.opsetImports)
    versions[""] = versions[""] ?? Self.versions(document.opsetImports)[""]
    let meaning = Meaning(
      versions: versions, arguments: arguments, depth: outer.depth + 1, callers: outer.callers.union([key]))
    return try prepare(function.nodes, outputs: function.outputs, scope, meaning, into: prepared)
  }

  /// Nodes of the model's own operator sets as a graph of their own.
  func prepare(_ nodes: [NodeView], output: Name, _ scope: Scope) throws -> PreparedGraph {
    try prepare(
      nodes, outputs: [output], scope, Meaning(versions: Self.versions(document.opsetImports)), into: PreparedGraph())
  }

  private func prepare(
    _ nodes: [NodeView], outputs: [Name], _ scope: Scope, _ meaning: Meaning, into start: PreparedGraph
  ) throws -> PreparedGraph {
    var prepared = start
    for view in nodes {
      progress.nodeCount += 1
      try budget.check(prepared: progress.nodeCount)
      var node = PreparedNode(
        name: view.name, operatorType: view.operatorType, domain: Self.own(view.domain),
        version: meaning.versions[Self.own(view.domain)] ?? 0, outputNames: view.outputs,
        attributes: attributes(of: view, meaning))
      if node.domain.isEmpty, node.operatorType == "Constant", let name = view.outputs.first,
        let constant = try ConstantSource(node: node)
      {
        _ = scope.define(name, constant: constant)
        continue
      }
      node.inputs = try view.inputs.map { try slot(of: $0, readBy: node, scope) }
      for (name, attribute) in node.attributes {
        for graph in attribute.graphs {
          var inner = meaning
          inner.depth += 1
          try budget.check(depth: inner.depth)
          let body = try prepare(graph, in: scope, inner)
          prepared.height = max(prepared.height, body.height + 1)
          node.subgraphs[name] = body
        }
      }
      if node.domain.isEmpty, !(1...Self.newestVersion).contains(node.version) {
        throw EvaluationError(
          .invalidModel,
          node.version == 0
            ? "\(node.operatorType) '\(node.name)' belongs to an operator set that is not imported"
            : "operator set \(node.version) is not known, only 1 to \(Self.newestVersion)")
      }
      let key = FunctionKey(domain: view.domain, name: node.operatorType, overload: view.overload)
      if let function = functions[key] {
        let body = try body(of: function, key, calledBy: node, meaning)
        prepared.height = max(prepared.height, body.height + 1)
        node.body = [body]
      }
      node.outputs = view.outputs.map { $0.isEmpty ? nil : scope.define($0) }
      prepared.nodes.append(node)
    }
    prepared.outputs = try outputs.map { name in
      guard let slot = scope.slot(of: name) else {
        throw EvaluationError(.invalidModel, "output '\(name)' is defined by nothing")
      }
      return PreparedGraph.Output(name: name, slot: slot)
    }
    prepared.slotCount = scope.slotCount
    prepared.constants = scope.constants
    prepared.captures = scope.captures
    prepared.findLastUses()
    return prepared
  }

  private func slot(of name: Name, readBy node: PreparedNode, _ scope: Scope) throws -> Int? {
    if name.isEmpty { return nil }
    guard let slot = scope.slot(of: name) else {
      throw EvaluationError(
        .invalidModel, "\(node.operatorType) '\(node.name)' reads '\(name)', which nothing defines before it")
    }
    return slot
  }

  /// The attributes that a node states, those that it takes from its function's call resolved.
  private func attributes(of node: NodeView, _ meaning: Meaning) -> [Name: AttributeView] {
    var result: [Name: AttributeView] = [:]
    for attribute in node.attributes {
      result[attribute.name] =
        attribute.isReference ? meaning.arguments?[attribute.referredName] : attribute
    }
    return result
  }
}

extension PreparedGraph {
  /// Notes at each node which slots no later one reads; outputs stay.
  mutating func findLastUses() {
    var seen = Set(outputs.map(\.slot))
    for index in nodes.indices.reversed() {
      let read = Set(nodes[index].read)
      // What nobody reads is dropped where it is made.
      nodes[index].lastUses = read.union(nodes[index].outputs.compactMap { $0 }).filter { !seen.contains($0) }
      seen.formUnion(read)
    }
  }
}
