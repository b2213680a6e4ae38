import Equivalence
import ModelGraph
import ONNXEvaluation
import ProtobufIO
import Synchronization
import Tensors

/// One graph of a model, with what each of its names stands for.
final class GraphScope {
  let model: NamedGraph
  /// The number of the graph among the model's.
  let number: Int
  /// The names of the nodes and attributes that lead to the graph; empty for the main one.
  let path: String
  let nodes: [NamedNode]
  let inputs: [(name: Name, type: Graph.StatedType)]
  let outputs: [Name]

  /// Whether norms and Dropouts are taken as inference whatever they say.
  let assumesInference: Bool
  private let parent: GraphScope?
  /// How many axes a value has, where the model says so.
  private var ranks: [Name: Int] = [:]
  private var tensors: [Name: any StoredTensor] = [:]
  private var sparseTensors: [Name: any StoredTensor] = [:]
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
  private var defined: [Name: ValueID] = [:]

  init(
    _ model: NamedGraph, _ number: Int = 0, path: String = "", in parent: GraphScope? = nil,
    assumesInference: Bool = false
  ) {
    self.assumesInference = parent?.assumesInference ?? assumesInference
    (self.model, self.number, self.path, self.parent) = (model, number, path, parent)
    let (graph, facts) = (model.graph, model.graph.scopes[number])
    nodes = model.nodes(of: number)
    inputs = facts.inputs.map { (graph[$0.value].name, $0.type) }
    outputs = model.outputs(of: number)
    ownFunctions =
      parent?.ownFunctions
      ?? Set(graph.scopes.compactMap(\.function).filter(\.domain.isOwn).map(\.name))
    for input in facts.inputs { note(input.value, rank: input.type.sizes?.count) }
    for index in facts.constants {
      let constant = graph.constants[index]
      let name = graph[constant.value].name
      if constant.isSparse { sparseTensors[name] = constant.tensor } else { tensors[name] = constant.tensor }
      defined[name] = constant.value
    }
    for (index, node) in nodes.enumerated() { note(node, index) }
    for output in facts.outputs {
      if let sizes = output.type.sizes { ranks[graph[output.value].name] = sizes.count }
    }
    for name in outputs { readers[name, default: 0] += 1 }
  }

  private func note(_ value: ValueID, rank: Int?) {
    let facts = model.graph[value]
    defined[facts.name] = value
    if let rank { ranks[facts.name] = rank }
  }

  private func note(_ node: NamedNode, _ index: Int) {
    let read = node.inputs.filter { !$0.isEmpty }
    for name in read { readers[name, default: 0] += 1 }
    let bodies = node.bodies
    let taken = takenBranch(of: node)
    takenBranches[index] = taken
    // What never runs reads nothing.
    for body in bodies where taken.map({ $0 == body.attribute }) ?? true { noteReaders(in: body.scope) }
    let isDerived =
      node.domain.isOwn && bodies.isEmpty && !Self.isRandom(node.operatorType)
      && (read.isEmpty ? node.operatorType == "Constant" : read.allSatisfy(isConstant))
    for case let value? in model.graph[node.id].outputs {
      let name = model.graph[value].name
      note(value, rank: model.graph[value].statedShape?.rank)
      producers[name] = index
      if isDerived { derived.insert(name) }
    }
  }

  private func noteReaders(in scope: Int) {
    for node in model.nodes(of: scope) {
      for name in node.inputs { readers[name, default: 0] += 1 }
      for inner in node.bodies { noteReaders(in: inner.scope) }
    }
    for name in model.outputs(of: scope) { readers[name, default: 0] += 1 }
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
    guard let branch = takenBranches[index],
      let inner = nodes[index].bodies.first(where: { $0.attribute == branch })
    else { return nil }
    if let body = bodies[index] { return body }
    let body = GraphScope(model, inner.scope, path: path(of: nodes[index], branch), in: self)
    bodies[index] = body
    return body
  }

  /// The path of a node's subgraph.
  func path(of node: NamedNode, _ attribute: Name) -> String {
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
  func defines(_ name: Name) -> Bool { defined[name] != nil }

  /// The scope that defines a name.
  func owner(of name: Name) -> GraphScope? {
    var scope: GraphScope? = self
    while let current = scope, current.defined[name] == nil { scope = current.parent }
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
  func place(of name: Name) -> ValueID? { owner(of: name)?.defined[name] }

  /// The names of the constants that are stored here, in initializers or nodes.
  var storedNames: [Name] {
    Array(tensors.keys) + nodes.filter { $0.domain.isOwn && $0.operatorType == "Constant" }.flatMap(\.outputs)
  }

  /// Whether a name stands for what nodes make of constants here.
  func isMade(_ name: Name) -> Bool { derived.contains(name) }

  /// The tensor that a name stands for by itself, nil for what a node makes.
  func storedTensor(_ name: Name) -> (any StoredTensor)? { owner(of: name)?.tensors[name] }

  /// The numbers that a constant stands for; nil for what is none or cannot be known.
  ///
  /// - Parameter precision: Whether the results of nodes are rounded to their types.
  func value(of name: Name, precision: Precision = .own) throws -> Tensor? {
    guard isConstant(name), let value = place(of: name) else { return nil }
    var expression = expression(of: name, knowing: precision == .own)
    if precision == .own, expression.nodes.count > Self.longExpression {
      try workOut(expression.nodes)
      expression = self.expression(of: name, knowing: true)
    }
    return try expression.contents(of: value, precision: precision)
  }

  /// How many nodes are worked out anew each time that a constant of them is asked for.
  private static var longExpression: Int { 32 }

  /// How many elements a constant has that is kept once it is worked out.
  private static var keptCount: Int { 1024 }

  private func knownValue(of name: Name) -> Tensor? { known.withLock { $0[name] } }

  /// Works out small constants one after the other, so that each node of a long row is executed once.
  private func workOut(_ nodes: [OperatorID]) throws {
    for name in nodes.flatMap({ NamedNode(model: model, id: $0).outputs }) {
      guard let owner = owner(of: name), owner.knownValue(of: name) == nil, let value = owner.defined[name],
        let contents = try expression(of: name, knowing: true).contents(of: value), contents.count <= Self.keptCount
      else { continue }
      owner.known.withLock { $0[name] = contents }
    }
  }

  /// The shape and the kind of a constant, without its elements where it is stored.
  func typeOfConstant(_ name: Name) throws -> (shape: [Int], kind: ElementType)? {
    if let tensor = storedTensor(name) {
      guard tensor.elementCount != nil else { return nil }
      return tensor.element.map { (tensor.shape, $0) }
    }
    return try value(of: name).map { ($0.shape, $0.kind) }
  }

  /// Whether nodes round the constant on its way, so that it is not the stored numbers in another shape.
  func isRounded(_ name: Name) -> Bool {
    expression(of: name).nodes.contains {
      !["Constant", "ConstantOfShape", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose"].contains(
        model.graph[$0].operatorType)
    }
  }

  /// Whether a constant follows from one that a caller may give otherwise.
  func mayBeOverridden(_ name: Name) -> Bool {
    expression(of: name).tensors.contains { value, _ in model.graph[value].isOverridable }
  }

  /// - Parameter knowing: Whether what is worked out already stands for the nodes that it is made of.
  private func expression(of name: Name, knowing: Bool = false) -> ConstantExpression {
    var expression = ConstantExpression(in: model.graph)
    var needed: [(scope: Int, index: Int, id: OperatorID)] = []
    var seen: Set<Name> = [name]
    var open = [name]
    while let next = open.popLast() {
      guard let owner = owner(of: next), let place = owner.defined[next] else { continue }
      if knowing, let value = owner.knownValue(of: next) {
        expression.made.append((place, value))
      } else if let tensor = owner.tensors[next] ?? owner.sparseTensors[next] {
        expression.tensors.append((place, tensor))
      } else if let index = owner.producers[next] {
        needed.append((owner.depth, index, owner.nodes[index].id))
        for input in owner.nodes[index].inputs where !input.isEmpty && seen.insert(input).inserted {
          open.append(input)
        }
      }
    }
    // A node of several outputs is needed once.
    var last: (Int, Int)?
    for (scope, index, id) in needed.sorted(by: { ($0.scope, $0.index) < ($1.scope, $1.index) }) {
      if let last, last == (scope, index) { continue }
      last = (scope, index)
      expression.nodes.append(id)
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
