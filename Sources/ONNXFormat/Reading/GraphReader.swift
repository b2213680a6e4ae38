import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData

/// Resolves the names of a model that is valid: every value gets one number, whatever scope it is in.
struct GraphReader {
  var reading: ModelReading

  /// How many symbols stand for sizes that are not known.
  var symbolCount = 0

  let functionNames: Set<[Name]>
  private let kept: Set<Name>

  init(document: ONNXDocument, options: ReadingOptions, buffer: ChunkBuffer) {
    reading = ModelReading(document: document, options: options, buffer: buffer)
    functionNames = Set(document.functions.map { [Self.canonical($0.domain), $0.name] })
    kept = Set(options.keptValues.map { Name($0) })
  }

  mutating func readModel() throws(ModelFileError) {
    let document = reading.document
    let imports = document.opsetImports
    let opset = Self.version(imports) ?? (document.irVersion < 3 && imports.isEmpty ? 1 : 0)
    let main = try readGraph(document.graph, path: "/", parent: nil, opset: opset)
    for function in document.functions {
      try readFunction(function, opset: Self.version(function.opsetImports) ?? opset)
    }
    try linkCalls()
    for graph in document.trainingGraphs { pinNamesUsed(by: graph, in: main) }
    for name in document.trainingBindings { pin(name, in: main) }
    try warnOfUnknownKeptValues()
  }

  private mutating func readGraph(
    _ graph: GraphView, path: String, parent: Int?, opset: Int
  ) throws(ModelFileError) -> Int {
    let index = reading.scopes.count
    let nodes = graph.nodes
    reading.scopes.append(
      Scope(body: .graph(graph), parent: parent, path: path, opset: opset, nodes: nodes))
    if parent == nil { reserveCapacity(for: graph, nodes, in: index) }
    for input in graph.inputs {
      let value = define(input.name, in: index)
      reading.values[value.index].shape = declaredShape(input, in: index)
      reading.values[value.index].inputType = input.elementType
      nameSizes(of: value)
    }
    defineInitializers(of: graph, in: index)
    for info in graph.valueInfo + graph.outputs {
      if let shape = declaredShape(info, in: index) { reading.scopes[index].declaredShapes[info.name] = shape }
    }
    try readNodes(nodes, in: index)
    for output in graph.outputs {
      guard let value = resolve(output.name, from: index) else { continue }
      reading.values[value.index].useCount += 1
      reading.graph.values[value.index].pins.insert(
        reading.values[value.index].scope == index ? .graphOutput : .captured)
    }
    for annotation in graph.quantizationAnnotations {
      reading.scopes[index].annotatedValues.insert(annotation.value)
      for name in annotation.parameters { pin(name, in: index) }
    }
    return index
  }

  /// Makes room for what most nodes and tensors bring.
  private mutating func reserveCapacity(for graph: GraphView, _ nodes: [NodeView], in scope: Int) {
    let constants = graph.initializerCount
    let values = graph.inputs.count + constants + nodes.count
    reading.scopes[scope].values.reserveCapacity(values)
    reading.values.reserveCapacity(values)
    reading.graph.values.reserveCapacity(values)
    reading.constants.reserveCapacity(constants)
    reading.graph.constants.reserveCapacity(constants)
    reading.nodes.reserveCapacity(nodes.count)
  }

  private mutating func readFunction(_ function: FunctionView, opset: Int) throws(ModelFileError) {
    let index = reading.scopes.count
    let nodes = function.nodes
    reading.scopes.append(
      Scope(
        body: .function(function), parent: nil, path: "function \(function.name)", opset: opset, nodes: nodes))
    for input in function.inputs {
      let value = define(input, in: index)
      reading.values[value.index].isFunctionInput = true
    }
    try readNodes(nodes, in: index)
    for output in function.outputs {
      guard let value = resolve(output, from: index) else { continue }
      reading.values[value.index].useCount += 1
      reading.graph.values[value.index].pins.insert(.graphOutput)
    }
  }

  private mutating func defineInitializers(of graph: GraphView, in scope: Int) {
    let inputs = Set(graph.inputs.map(\.name))
    for tensor in graph.initializers {
      let value = defineInitializer(tensor.name, beside: inputs, in: scope)
      add(.initializer(tensor, scope: scope), type: tensor.elementType, shape: tensor.shape, for: value)
    }
    for tensor in graph.sparseInitializers {
      guard let name = tensor.values?.name else { continue }
      add(tensor, for: defineInitializer(name, beside: inputs, in: scope))
    }
  }

  private mutating func defineInitializer(_ name: Name, beside inputs: Set<Name>, in scope: Int) -> ValueID {
    guard inputs.contains(name), let value = reading.scopes[scope].values[name] else {
      return define(name, in: scope)
    }
    let mayBeOverridden = reading.document.irVersion >= 4
    reading.values[value.index].isOverridable = mayBeOverridden && !reading.options.freezesInitializers
    if mayBeOverridden, reading.options.freezesInitializers {
      reading.warnings.append(
        FoldWarning(.frozenInitializer, "initializer '\(name)' is also a graph input and was taken as a constant"))
    }
    return value
  }

  private mutating func readNodes(_ nodes: [NodeView], in scope: Int) throws(ModelFileError) {
    for (index, node) in nodes.enumerated() {
      let type = node.operatorType
      let domain = Self.canonical(node.domain)
      let inputs = node.inputs.map { $0.isEmpty ? nil : use($0, in: scope) }
      let bodies = try readSubgraphs(of: node, in: scope)
      var outputs: [ValueID?] = []
      let id = OperatorID(reading.nodes.count)
      for name in node.outputs {
        let value = name.isEmpty ? nil : define(name, in: scope)
        if let value { reading.graph.values[value.index].producer = id }
        outputs.append(value)
      }
      let read = ReadNode(
        view: node, scope: scope, index: index, operatorType: type,
        isStandard: domain.isEmpty && (functionNames.isEmpty || !functionNames.contains([domain, Name(type)]))
          && OperatorArity.excess(of: node, type, opset: reading.scopes[scope].opset) == nil,
        opset: reading.scopes[scope].opset, inputs: inputs, outputs: outputs, bodies: bodies)
      reading.nodes.append(read)
      if read.isStandard { try readConstant(read, id) }
      if read.isStandard { inheritOverrides(of: inputs, by: outputs) }
      try readShapes(of: read)
      guard read.isStandard else { continue }
      try chooseBody(of: read, id)
      try takeShapesOfBodies(of: read, id)
      try noteDerived(by: read)
      if type == "BatchNormalization" { try workOut(read) }
    }
  }

  /// - Returns: The scopes of the subgraphs.
  private mutating func readSubgraphs(
    of node: NodeView, in scope: Int
  ) throws(ModelFileError) -> [Int] {
    var scopes: [Int] = []
    for attribute in node.attributes {
      let graphs = attribute.graphs
      for (position, graph) in graphs.enumerated() {
        let name = node.name.isEmpty ? node.outputs.first ?? node.name : node.name
        let suffix = graphs.count == 1 ? "" : "[\(position)]"
        let base = reading.scopes[scope].path
        scopes.append(
          try readGraph(
            graph, path: "\(base == "/" ? "" : base)/\(name)/\(attribute.name)\(suffix)", parent: scope,
            opset: reading.scopes[scope].opset))
      }
    }
    return scopes
  }
}

// MARK: - Names

extension GraphReader {
  private mutating func define(_ name: Name, in scope: Int) -> ValueID {
    let id = ValueID(reading.values.count)
    reading.scopes[scope].values[name] = id
    if let parent = reading.scopes[scope].parent, resolve(name, from: parent) != nil { reading.hasShadows = true }
    reading.values.append(ReadValue(name: name, scope: scope))
    var value = FoldValue(name: name.description, scope: scope)
    if isKept(name) { value.pins.insert(.kept) }
    reading.graph.values.append(value)
    return id
  }

  func isKept(_ name: Name) -> Bool { kept.contains(name) }

  func resolve(_ name: Name, from scope: Int) -> ValueID? {
    var current: Int? = scope
    while let index = current {
      if let value = reading.scopes[index].values[name] { return value }
      current = reading.scopes[index].parent
    }
    return nil
  }

  private mutating func use(_ name: Name, in scope: Int) -> ValueID? {
    guard let value = resolve(name, from: scope) else { return nil }
    reading.values[value.index].useCount += 1
    return value
  }

  /// Protects a value that something other than a node names.
  private mutating func pin(_ name: Name, in scope: Int) {
    guard let value = resolve(name, from: scope) else { return }
    reading.values[value.index].useCount += 1
    reading.graph.values[value.index].pins.insert(.captured)
  }

  /// Protects every value of the model's graph that a training graph names.
  private mutating func pinNamesUsed(by graph: GraphView, in scope: Int) {
    for node in graph.nodes {
      for name in node.inputs where !name.isEmpty { pin(name, in: scope) }
      for attribute in node.attributes {
        for subgraph in attribute.graphs { pinNamesUsed(by: subgraph, in: scope) }
      }
    }
    for output in graph.outputs { pin(output.name, in: scope) }
  }

  private mutating func warnOfUnknownKeptValues() throws(ModelFileError) {
    guard !reading.options.keptValues.isEmpty else { return }
    let known = Set(reading.values.map(\.name))
    for name in reading.options.keptValues.sorted() where !known.contains(Name(name)) {
      reading.warnings.append(FoldWarning(.nothingMatched, "no value is called '\(name)', which was to be kept"))
    }
  }
}

// MARK: - Operator sets

extension GraphReader {
  /// `ai.onnx` is another name of the default domain.
  static func canonical(_ domain: Name) -> Name { domain.canonicalDomain }

  /// The version of ONNX's own operators, nil where none is imported.
  private static func version(_ imports: [OpsetImport]) -> Int? {
    imports.first { canonical($0.domain).isEmpty }?.version
  }
}
