import Equivalence
import ONNXEvaluation
import ONNXModel
import RecordedData
import Synchronization
import Tensors

/// One graph of a model, with what each of its names stands for.
final class GraphScope {
  let document: ONNXDocument
  /// The names of the nodes and attributes that lead to the graph; empty for the main one.
  let path: String
  let nodes: [NodeView]
  let inputs: [ValueInfoView]
  let outputs: [Name]
  /// What a constant that is defined here is told from others of its name by.
  let place: GraphPlace

  /// Whether norms and Dropouts are taken as inference whatever they say.
  let assumesInference: Bool
  private let parent: GraphScope?
  /// How many axes a value has, where the model says so.
  private var ranks: [Name: Int] = [:]
  private var tensors: [Name: TensorView] = [:]
  private var sparseTensors: [Name: SparseTensorView] = [:]
  private var producers: [Name: Int] = [:]
  private var readers: [Name: Int] = [:]
  /// What nodes make of constants alone.
  private var derived: Set<Name> = []
  /// The model's functions that have the names of ONNX's own operators.
  let ownFunctions: Set<Name>
  /// The nodes of whose results nothing takes notice, but perhaps of their shape.
  private(set) lazy var idleNodes = findIdleNodes()
  /// The names of the bodies that run of Ifs whose conditions are known, by the number of the node.
  private(set) var takenBranches: [Int: Name] = [:]
  private var bodies: [Int: GraphScope] = [:]
  /// Constants that were worked out; several threads ask for them.
  private let known = Mutex<[Name: Tensor]>([:])
  /// All names that are defined here.
  private var defined: Set<Name> = []

  init(_ graph: GraphView, path: String = "", in parent: GraphScope? = nil, assumesInference: Bool = false) {
    self.assumesInference = parent?.assumesInference ?? assumesInference
    document = graph.document
    place = graph.place
    nodes = graph.nodes
    inputs = graph.inputs
    outputs = graph.outputs.map(\.name)
    ownFunctions = parent?.ownFunctions ?? Set(document.functions.filter(\.domain.isOwn).map(\.name))
    self.path = path
    self.parent = parent
    for info in graph.valueInfo + inputs + graph.outputs {
      if let shape = info.shape { ranks[info.name] = shape.count }
    }
    for tensor in graph.initializers { tensors[tensor.name] = tensor }
    for sparse in graph.sparseInitializers {
      if let name = sparse.values?.name { sparseTensors[name] = sparse }
    }
    defined = Set(tensors.keys).union(sparseTensors.keys).union(inputs.map(\.name))
    for (index, node) in nodes.enumerated() { note(node, index) }
    for name in outputs { readers[name, default: 0] += 1 }
  }

  private func note(_ node: NodeView, _ index: Int) {
    let (read, made) = (node.inputs.filter { !$0.isEmpty }, node.outputs.filter { !$0.isEmpty })
    for name in read { readers[name, default: 0] += 1 }
    let subgraphs = node.subgraphs
    let taken = takenBranch(of: node)
    takenBranches[index] = taken
    // What never runs reads nothing.
    for graph in taken.map({ node.attribute($0)?.graphs ?? [] }) ?? subgraphs { noteReaders(in: graph) }
    let isDerived =
      node.domain.isOwn && subgraphs.isEmpty && !Self.isRandom(node.operatorType)
      && (read.isEmpty ? node.operatorType == "Constant" : read.allSatisfy(isConstant))
    for name in made {
      producers[name] = index
      defined.insert(name)
      if isDerived { derived.insert(name) }
    }
  }

  private func noteReaders(in graph: GraphView) {
    for node in graph.nodes {
      for name in node.inputs { readers[name, default: 0] += 1 }
      for inner in node.subgraphs { noteReaders(in: inner) }
    }
    for output in graph.outputs { readers[output.name, default: 0] += 1 }
  }

  private static func isRandom(_ type: String) -> Bool {
    type.hasPrefix("Random") || ["Bernoulli", "Multinomial", "Dropout"].contains(type)
  }
}

// MARK: - Names

extension GraphScope {
  /// The index of the node that makes a value of this graph.
  func producer(of name: Name) -> Int? { producers[name] }

  /// The body that runs of an If whose condition is known; nil for other nodes.
  func takenBody(of index: Int) -> GraphScope? {
    guard let branch = takenBranches[index], let graph = nodes[index].attribute(branch)?.graphs.first else {
      return nil
    }
    if let body = bodies[index] { return body }
    let body = GraphScope(graph, path: path(of: nodes[index], branch), in: self)
    bodies[index] = body
    return body
  }

  /// The path of a node's subgraph.
  func path(of node: NodeView, _ attribute: Name) -> String {
    let title = node.name.isEmpty ? node.outputs.first ?? "" : node.name
    return "\(path.isEmpty ? "" : path + "/")\(title)/\(attribute)"
  }

  /// How many nodes and outputs read a value, those of subgraphs too.
  func readerCount(of name: Name) -> Int { owner(of: name)?.readers[name] ?? 0 }

  /// The names of the values that nodes of this graph make.
  var producedNames: [Name] { Array(producers.keys) }

  /// How many axes a value has; nil where the model does not say.
  func rank(of name: Name) -> Int? { ranks[name] }

  /// Whether a value of that name is made here or an input.
  func defines(_ name: Name) -> Bool { defined.contains(name) }

  /// The scope that defines a name.
  func owner(of name: Name) -> GraphScope? {
    var scope: GraphScope? = self
    while let current = scope, !current.defined.contains(name) { scope = current.parent }
    return scope
  }

  /// Whether a name stands for stored numbers, or for what nodes make of nothing else.
  func isConstant(_ name: Name) -> Bool {
    guard let owner = owner(of: name) else { return false }
    return owner.tensors[name] != nil || owner.sparseTensors[name] != nil || owner.derived.contains(name)
  }

  /// The name that a value has before nodes that pass it on unchanged.
  func source(of name: Name) -> Name {
    var (scope, name) = (self, name)
    while let (maker, made) = scope.maker(of: name), case let node = maker.node {
      (scope, name) = (maker.scope, made)
      guard node.domain.isOwn, ["Identity", "Dropout"].contains(node.operatorType), let first = node.inputs.first,
        node.outputs.first == made, (try? scope.trains(node)) == false
      else { break }
      name = first
    }
    return name
  }
}

// MARK: - Constants

extension GraphScope {
  /// Where a constant is defined.
  func place(of name: Name) -> ConstantPlace? {
    owner(of: name).map { ConstantPlace(graph: $0.place, name: name) }
  }

  /// The names of the constants that are stored here, in initializers or nodes.
  var storedNames: [Name] {
    Array(tensors.keys) + nodes.filter { $0.domain.isOwn && $0.operatorType == "Constant" }.flatMap(\.outputs)
  }

  /// Whether a name stands for what nodes make of constants here.
  func isMade(_ name: Name) -> Bool { derived.contains(name) }

  /// The tensor that a name stands for by itself, nil for what a node makes.
  func storedTensor(_ name: Name) -> TensorView? { owner(of: name)?.tensors[name] }

  /// The numbers that a constant stands for; nil for what is none or cannot be known.
  ///
  /// - Parameter precision: Whether the results of nodes are rounded to their types.
  func value(of name: Name, precision: Precision = .own) throws -> Tensor? {
    guard isConstant(name) else { return nil }
    var expression = expression(of: name, knowing: precision == .own)
    if precision == .own, expression.nodes.count > Self.longExpression {
      try workOut(expression.nodes)
      expression = self.expression(of: name, knowing: true)
    }
    return try expression.value(of: name, in: document, precision: precision)
  }

  /// How many nodes are worked out anew each time that a constant of them is asked for.
  private static var longExpression: Int { 32 }

  /// How many elements a constant has that is kept once it is worked out.
  private static var keptCount: Int { 1024 }

  private func knownValue(of name: Name) -> Tensor? { known.withLock { $0[name] } }

  /// Works out small constants one after the other, so that each node of a long row is executed once.
  private func workOut(_ nodes: [NodeView]) throws {
    for name in nodes.flatMap(\.outputs) {
      guard let owner = owner(of: name), owner.knownValue(of: name) == nil else { continue }
      guard
        let value = try expression(of: name, knowing: true).value(of: name, in: document),
        value.count <= Self.keptCount
      else { continue }
      owner.known.withLock { $0[name] = value }
    }
  }

  /// The shape and the kind of a constant, without its elements where it is stored.
  func typeOfConstant(_ name: Name) throws -> (shape: [Int], kind: ElementType)? {
    if let tensor = storedTensor(name) {
      guard tensor.elementCount != nil else { return nil }
      return tensor.elementType.element.map { (tensor.shape, $0) }
    }
    return try value(of: name).map { ($0.shape, $0.kind) }
  }

  /// Whether nodes round the constant on its way, so that it is not the stored numbers in another shape.
  func isRounded(_ name: Name) -> Bool {
    expression(of: name).nodes.contains {
      !["Constant", "ConstantOfShape", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose"].contains(
        $0.operatorType)
    }
  }

  /// Whether a constant follows from one that a caller may give otherwise.
  func mayBeOverridden(_ name: Name) -> Bool {
    guard document.irVersion >= 4 else { return false }
    return expression(of: name).tensors.contains { name, _ in
      owner(of: name)?.inputs.contains { $0.name == name } ?? false
    }
  }

  /// - Parameter knowing: Whether what is worked out already stands for the nodes that it is made of.
  private func expression(of name: Name, knowing: Bool = false) -> ConstantExpression {
    var expression = ConstantExpression()
    var needed: [(scope: Int, index: Int, node: NodeView)] = []
    var seen: Set<Name> = [name]
    var open = [name]
    while let next = open.popLast() {
      guard let owner = owner(of: next) else { continue }
      if knowing, let value = owner.knownValue(of: next) {
        expression.made.append((next, value))
      } else if let tensor = owner.tensors[next] {
        expression.tensors.append((next, tensor))
      } else if let tensor = owner.sparseTensors[next] {
        expression.sparseTensors.append((next, tensor))
      } else if let index = owner.producers[next] {
        needed.append((owner.depth, index, owner.nodes[index]))
        for input in owner.nodes[index].inputs where !input.isEmpty && seen.insert(input).inserted {
          open.append(input)
        }
      }
    }
    // A node of several outputs is needed once.
    var last: (Int, Int)?
    for (scope, index, node) in needed.sorted(by: { ($0.scope, $0.index) < ($1.scope, $1.index) }) {
      if let last, last == (scope, index) { continue }
      last = (scope, index)
      expression.nodes.append(node)
    }
    return expression
  }

  /// How many graphs are around it.
  var depth: Int { (parent?.depth ?? -1) + 1 }
}

extension Name {
  /// Whether a domain is ONNX's own, which has two names.
  var isOwn: Bool { isEmpty || self == "ai.onnx" }
}
