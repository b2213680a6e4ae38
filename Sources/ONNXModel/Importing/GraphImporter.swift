import ModelGraph
package import ProtobufIO
import RecordedData
import Tensors

/// Resolves the names of a model, and checks the rules of ONNX on which everything that reads it relies: each name is
/// defined once and before it is read, each domain is imported, and each node says what it is.
struct GraphImporter {
  private let document: ONNXDocument
  private let functionNames: Set<[Name]>

  private var scopes: [Graph.Scope] = []
  private var origins: [ImportedModel.Origin] = []
  private var nodes: [Graph.Node] = []
  private var values: [Graph.Value] = []
  private var constants: [Graph.Constant] = []
  private var names: [ScopeNames] = []
  private var symbols: [Name] = []
  private var hasShadows = false

  init(_ document: ONNXDocument) {
    self.document = document
    functionNames = Set(document.functions.map { [$0.domain.canonicalDomain, $0.name] })
  }

  mutating func importModel() throws(ModelFileError) -> ImportedModel {
    let imports = try OperatorSets(document.opsetImports, in: document)
    let isOldest = document.irVersion < 3 && document.opsetImports.isEmpty
    let sets = imports.completed(own: isOldest ? 1 : nil)
    try readGraph(document.graph, path: "/", in: nil, sets)
    var functions: [FunctionKey: Int] = [:]
    for function in document.functions {
      guard functions.updateValue(scopes.count, forKey: FunctionKey(of: function)) == nil else {
        throw document.failure("function '\(function.name)' is defined twice")
      }
      let imports = try OperatorSets(function.opsetImports, in: document)
      try readFunction(function, imports.completed(own: sets.own))
    }
    if !functions.isEmpty {
      for (index, node) in nodes.enumerated() { nodes[index].callee = functions[FunctionKey(of: node)] }
    }
    for graph in document.trainingGraphs { noteNames(usedBy: graph) }
    for name in document.trainingBindings { note(name, in: 0) }
    let graph = Graph(
      scopes: scopes, nodes: nodes, values: values, constants: constants, imports: imports.versions,
      symbols: symbols, hasShadows: hasShadows)
    return ImportedModel(document: document, graph: graph, origins: origins)
  }

  // The file's reader has bounded the depth of what is nested.

  @discardableResult
  private mutating func readGraph(
    _ graph: GraphView, path: String, in parent: Int?, _ sets: OperatorSets
  ) throws(ModelFileError) -> Int {
    let index = begin(Graph.Scope(parent == nil ? .main : .body, in: parent, path: path, version: sets.own ?? 0))
    origins.append(.graph(graph))
    if parent == nil { reserveCapacity(for: graph) }
    var offered: Set<Name> = []
    for input in graph.inputs {
      let value = try define(input.name, in: index, by: "the graph's inputs")
      values[value.index].isInput = true
      values[value.index].statedShape = shape(input, in: index)
      scopes[index].inputs.append(Graph.Input(value: value, type: input.stated))
      offered.insert(input.name)
    }
    try readConstants(of: graph, beside: offered, in: index)
    let outputs = graph.outputs
    for info in graph.valueInfo + outputs {
      if let shape = shape(info, in: index) { names[index].shapes[info.name] = shape }
    }
    try readNodes(graph.nodeCount, graph.node(at:), in: index, sets)
    for output in outputs {
      guard let value = resolve(output.name, from: index) else {
        throw document.failure("graph output '\(output.name)' of \(path) is defined by nothing")
      }
      values[value.index].useCount += 1
      scopes[index].outputs.append(Graph.Output(value: value, type: output.stated))
    }
    for annotation in graph.quantizationAnnotations {
      if let value = names[index].values[annotation.value] { values[value.index].isQuantized = true }
      for name in annotation.parameters { note(name, in: index) }
    }
    return index
  }

  /// Makes room for what most nodes and tensors bring.
  private mutating func reserveCapacity(for graph: GraphView) {
    let count = graph.inputs.count + graph.initializerCount + graph.nodeCount
    names[0].values.reserveCapacity(count)
    values.reserveCapacity(count)
    constants.reserveCapacity(graph.initializerCount)
    nodes.reserveCapacity(graph.nodeCount)
  }

  private mutating func readFunction(_ function: FunctionView, _ sets: OperatorSets) throws(ModelFileError) {
    let parts = Graph.Function(
      name: function.name, domain: function.domain.canonicalDomain, overload: function.overload,
      defaults: function.attributeDefaults)
    let index = begin(
      Graph.Scope(.function(parts), in: nil, path: "function \(function.name)", version: sets.own ?? 0))
    origins.append(.function(function))
    for name in function.inputs {
      let value = try define(name, in: index, by: "the inputs of function '\(function.name)'")
      values[value.index].isInput = true
      scopes[index].inputs.append(Graph.Input(value: value, type: Graph.StatedType()))
    }
    try readNodes(function.nodeCount, function.node(at:), in: index, sets)
    for name in function.outputs {
      guard let value = resolve(name, from: index) else {
        throw document.failure("output '\(name)' of function '\(function.name)' is defined by nothing")
      }
      values[value.index].useCount += 1
      scopes[index].outputs.append(Graph.Output(value: value, type: Graph.StatedType()))
    }
  }

  private mutating func begin(_ scope: Graph.Scope) -> Int {
    scopes.append(scope)
    names.append(ScopeNames())
    return scopes.count - 1
  }

  private mutating func readConstants(
    of graph: GraphView, beside inputs: Set<Name>, in scope: Int
  ) throws(ModelFileError) {
    var offered = inputs
    let first = constants.count
    for tensor in graph.initializers { try add(tensor, tensor.name, isSparse: false, beside: &offered, in: scope) }
    for tensor in graph.sparseInitializers {
      if let name = tensor.values?.name { try add(tensor, name, isSparse: true, beside: &offered, in: scope) }
    }
    scopes[scope].constants = first..<constants.count
  }

  private mutating func add(
    _ tensor: any StoredTensor, _ name: Name, isSparse: Bool, beside offered: inout Set<Name>, in scope: Int
  ) throws(ModelFileError) {
    // An input may have a tensor for its default, but one.
    let value =
      if offered.remove(name) != nil, let input = names[scope].values[name] { input } else {
        try define(name, in: scope, by: "the initializers")
      }
    values[value.index].constant = constants.count
    values[value.index].isOverridable = values[value.index].isInput && document.irVersion >= 4
    constants.append(Graph.Constant(value: value, tensor: tensor, isSparse: isSparse))
  }

  private mutating func readNodes(
    _ count: Int, _ node: (Int) -> NodeView, in scope: Int, _ sets: OperatorSets
  ) throws(ModelFileError) {
    scopes[scope].nodes.reserveCapacity(count)
    for index in 0..<count { try read(node(index), at: index, in: scope, sets) }
  }

  private mutating func read(
    _ view: NodeView, at index: Int, in scope: Int, _ sets: OperatorSets
  ) throws(ModelFileError) {
    let (name, type) = (view.name, view.operatorType)
    func title() -> String { name.isEmpty ? "node \(index) (\(type))" : "node '\(name)' (\(type))" }
    guard !type.isEmpty else { throw document.failure("node \(index) has no operator type") }
    if let attribute = view.repeatedAttribute {
      throw document.failure("\(title()) has the attribute '\(attribute)' twice")
    }
    var inputs: [ValueID?] = []
    for input in view.inputs {
      guard !input.isEmpty else {
        inputs.append(nil)
        continue
      }
      guard let value = resolve(input, from: scope) else {
        throw document.failure("\(title()) reads '\(input)', which nothing before it defines")
      }
      values[value.index].useCount += 1
      inputs.append(value)
    }
    let bodies = try readBodies(of: view, in: scope, sets)
    let id = OperatorID(nodes.count)
    var outputs: [ValueID?] = []
    for output in view.outputs {
      guard !output.isEmpty else {
        outputs.append(nil)
        continue
      }
      let value = try define(output, in: scope, by: title())
      values[value.index].producer = id
      outputs.append(value)
    }
    let domain = view.domain.canonicalDomain
    guard let version = sets[domain] else {
      let label = domain.isEmpty ? "ONNX's own operators" : "the domain '\(domain)'"
      throw document.failure("\(title()) needs \(label), of which the model imports no version")
    }
    let isStandard =
      domain.isEmpty && (functionNames.isEmpty || !functionNames.contains([domain, Name(type)]))
      && OperatorArity.excess(of: inputs, outputs, type, opset: version) == nil
    scopes[scope].nodes.append(id)
    nodes.append(
      Graph.Node(
        name: name, operatorType: type, domain: domain, overload: view.overload, version: version,
        isStandard: isStandard, scope: scope, index: index, inputs: inputs, outputs: outputs, bodies: bodies,
        callee: nil, source: view))
  }

  private mutating func readBodies(
    of node: NodeView, in scope: Int, _ sets: OperatorSets
  ) throws(ModelFileError) -> [Graph.Body] {
    var bodies: [Graph.Body] = []
    for attribute in node.attributes where attribute.holdsGraphs {
      let graphs = attribute.graphs
      let title = node.name.isEmpty ? node.outputs.first ?? node.name : node.name
      let base = scopes[scope].path
      for (position, graph) in graphs.enumerated() {
        let suffix = graphs.count == 1 ? "" : "[\(position)]"
        let path = "\(base == "/" ? "" : base)/\(title)/\(attribute.name)\(suffix)"
        let body = try readGraph(graph, path: path, in: scope, sets)
        bodies.append(Graph.Body(attribute: attribute.name, scope: body))
      }
    }
    return bodies
  }
}

// MARK: - Names

extension GraphImporter {
  /// The names of one scope.
  private struct ScopeNames {
    var values: [Name: ValueID] = [:]
    /// What the graph states of the values that its nodes make.
    var shapes: [Name: ValueShape] = [:]
    /// The symbols behind the names of sizes, which mean the same throughout a graph.
    var symbols: [Name: Int] = [:]
  }

  private mutating func define(
    _ name: Name, in scope: Int, by definer: @autoclosure () -> String
  ) throws(ModelFileError) -> ValueID {
    let id = ValueID(values.count)
    guard names[scope].values.updateValue(id, forKey: name) == nil else {
      throw document.failure("value '\(name)' is defined twice, the second time by \(definer())")
    }
    if !hasShadows, let parent = scopes[scope].parent { hasShadows = resolve(name, from: parent) != nil }
    var value = Graph.Value(name: name, scope: scope)
    value.statedShape = names[scope].shapes.isEmpty ? nil : names[scope].shapes[name]
    values.append(value)
    return id
  }

  private func resolve(_ name: Name, from scope: Int) -> ValueID? {
    var current: Int? = scope
    while let index = current {
      if let value = names[index].values[name] { return value }
      current = scopes[index].parent
    }
    return nil
  }

  /// Notes that something other than nodes and outputs names a value.
  private mutating func note(_ name: Name, in scope: Int) {
    guard let value = resolve(name, from: scope) else { return }
    values[value.index].useCount += 1
    values[value.index].isNamedBeside = true
  }

  /// Notes every value of the main graph that a training graph names.
  private mutating func noteNames(usedBy graph: GraphView) {
    for node in graph.nodes {
      for name in node.inputs where !name.isEmpty { note(name, in: 0) }
      for subgraph in node.subgraphs { noteNames(usedBy: subgraph) }
    }
    for output in graph.outputs { note(output.name, in: 0) }
  }
}

// MARK: - Sizes

extension GraphImporter {
  /// The shape that a graph states for a value, with its names of sizes as symbols.
  private mutating func shape(_ info: ValueInfoView, in scope: Int) -> ValueShape? {
    guard let sizes = info.shape else { return nil }
    guard !info.symbols.isEmpty, sizes.count <= ValueShape.largestRank else { return ValueShape(optional: sizes) }
    return ValueShape(
      zip(sizes, info.symbols).map { size, name in
        if let size { .size(size) } else { name.map { symbol($0, in: scope) } ?? .unknown }
      })
  }

  private mutating func symbol(_ name: Name, in scope: Int) -> Dimension {
    // Some exporters write a name like `?` or `None` for every size that they do not know.
    guard let first = name.bytes.first, Character(Unicode.Scalar(first)).isLetter || first == UInt8(ascii: "_"),
      name != "None"
    else { return .unknown }
    if let symbol = names[scope].symbols[name] { return .symbol(symbol) }
    names[scope].symbols[name] = symbols.count
    symbols.append(name)
    return .symbol(symbols.count - 1)
  }
}

extension ONNXDocument {
  /// The model's graph.
  ///
  /// - Throws: `malformed` for a name that nothing defines before it is read or that is defined twice, a function that
  ///   is, a node without an operator, with an attribute that is given twice, or from a domain that is not imported;
  ///   `unsupported` for an operator set that is not known.
  /// - Complexity: O(parts of the model).
  package func imported() throws(ModelFileError) -> ImportedModel {
    var importer = GraphImporter(self)
    return try importer.importModel()
  }
}
