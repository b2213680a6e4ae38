import Equivalence
import ModelGraph
import ProtobufIO
import Tensors

/// Lays a model's graph out so that it can be run: slots for its values, the bodies of functions where they are called.
struct GraphPreparer {
  /// What a graph's nodes mean: the attributes of the call that a function body is in, and what is around it.
  private struct Meaning {
    var arguments: [Name: any NodeAttribute]?
    /// How many bodies are around the graph.
    var depth = 0
    /// The functions whose bodies are around the graph.
    var callers: Set<Int> = []
  }

  /// What was prepared so far.
  private final class Progress {
    var nodeCount = 0
    /// The bodies of functions that were called without attributes, which are the same for every such call.
    var bodies: [Int: PreparedGraph] = [:]
  }

  private let graph: Graph
  private let replacing: [ValueID: () throws -> Tensor]
  private let budget: RunBudget
  private let progress = Progress()

  /// - Parameters:
  ///   - replacing: Tensors to be taken in place of constants.
  ///   - budget: What nodes count against.
  init(_ graph: Graph, replacing: [ValueID: () throws -> Tensor] = [:], budget: RunBudget) {
    (self.graph, self.replacing, self.budget) = (graph, replacing, budget)
  }

  /// The main graph.
  ///
  /// - Throws: `EvaluationError` where a limit is reached or a function calls itself.
  /// - Complexity: O(parts of the model), function bodies counted once for each call with other attributes.
  func prepareModel() throws -> PreparedGraph { try prepare(scope: 0, in: nil, Meaning()) }

  /// The main graph without its nodes: what it takes and what it gives.
  var interface: PreparedGraph {
    var prepared = PreparedGraph()
    for input in graph.scopes[0].inputs {
      prepared.inputs.append(
        PreparedGraph.Input(name: graph[input.value].name, slot: prepared.slotCount, type: input.type))
      prepared.slotCount += 1
    }
    for output in graph.scopes[0].outputs {
      prepared.outputs.append(PreparedGraph.Output(name: graph[output.value].name, slot: prepared.slotCount))
      prepared.slotCount += 1
    }
    return prepared
  }

  private func prepare(scope: Int, in parent: Slots?, _ meaning: Meaning) throws -> PreparedGraph {
    let facts = graph.scopes[scope]
    let slots = Slots(parent: parent)
    var prepared = PreparedGraph()
    for input in facts.inputs {
      let slot = slots.define(input.value, constant: constant(input.value))
      prepared.inputs.append(PreparedGraph.Input(name: graph[input.value].name, slot: slot, type: input.type))
    }
    for index in facts.constants where !graph[graph.constants[index].value].isInput {
      let value = graph.constants[index].value
      _ = slots.define(value, constant: constant(value))
    }
    return try prepare(facts.nodes, outputs: facts.outputs.map(\.value), slots, meaning, into: prepared)
  }

  /// What a value is stored as, or is replaced by.
  private func constant(_ value: ValueID) -> ConstantSource? {
    replacing[value].map { .made($0) } ?? graph.constant(value).map { .tensor($0.tensor) }
  }

  /// The body of a function that a node calls.
  private func body(of function: Int, calledBy node: PreparedNode, _ meaning: Meaning) throws -> PreparedGraph {
    guard !meaning.callers.contains(function) else {
      let name = graph.scopes[function].function?.name ?? ""
      throw EvaluationError(.invalidModel, "function '\(name)' calls itself")
    }
    if node.attributes.isEmpty, let known = progress.bodies[function] {
      try budget.check(depth: meaning.depth + 1 + known.height)
      return known
    }
    try budget.check(depth: meaning.depth + 1)
    var arguments: [Name: any NodeAttribute] = [:]
    for attribute in graph.scopes[function].function?.defaults ?? [] { arguments[attribute.name] = attribute }
    for (name, attribute) in node.attributes { arguments[name] = attribute }
    let inner = Meaning(
      arguments: arguments, depth: meaning.depth + 1, callers: meaning.callers.union([function]))
    let body = try prepare(scope: function, in: nil, inner)
    if node.attributes.isEmpty { progress.bodies[function] = body }
    return body
  }

  /// Some nodes, with what they read, as a graph of their own.
  func prepare(_ expression: ConstantExpression, output: ValueID) throws -> PreparedGraph {
    let slots = Slots(parent: nil)
    for (value, tensor) in expression.tensors { _ = slots.define(value, constant: .tensor(tensor)) }
    for (value, tensor) in expression.made { _ = slots.define(value, constant: .made { tensor }) }
    return try prepare(expression.nodes, outputs: [output], slots, Meaning(), into: PreparedGraph())
  }

  private func prepare(
    _ nodes: [OperatorID], outputs: [ValueID], _ slots: Slots, _ meaning: Meaning, into start: PreparedGraph
  ) throws -> PreparedGraph {
    var prepared = start
    for id in nodes {
      let source = graph[id]
      if !replacing.isEmpty, source.outputs.contains(where: { $0.map { replacing[$0] != nil } ?? false }) {
        for case let value? in source.outputs { _ = slots.define(value, constant: constant(value)) }
        continue
      }
      progress.nodeCount += 1
      try budget.check(prepared: progress.nodeCount)
      var node = PreparedNode(
        name: source.name, operatorType: source.operatorType, domain: source.domain, version: source.version,
        outputNames: source.outputs.map { $0.map { graph[$0].name } ?? "" }, attributes: attributes(of: source, meaning)
      )
      if node.domain.isEmpty, node.operatorType == "Constant", let value = source.output(0),
        let constant = try ConstantSource(node: node)
      {
        _ = slots.define(value, constant: constant)
        continue
      }
      node.inputs = try source.inputs.map { try $0.map { try slot(of: $0, readBy: node, slots) } }
      for body in source.bodies {
        var inner = meaning
        inner.depth += 1
        try budget.check(depth: inner.depth)
        let graph = try prepare(scope: body.scope, in: slots, inner)
        prepared.height = max(prepared.height, graph.height + 1)
        node.subgraphs[body.attribute] = graph
      }
      if let function = source.callee {
        let body = try body(of: function, calledBy: node, meaning)
        prepared.height = max(prepared.height, body.height + 1)
        node.body = [body]
      }
      node.outputs = source.outputs.map { $0.map { slots.define($0) } }
      prepared.nodes.append(node)
    }
    prepared.outputs = try outputs.map { value in
      guard let slot = slots.slot(of: value) else {
        throw EvaluationError(.invalidModel, "output '\(graph[value].name)' is defined by nothing")
      }
      return PreparedGraph.Output(name: graph[value].name, slot: slot)
    }
    prepared.slotCount = slots.count
    prepared.constants = slots.constants
    prepared.captures = slots.captures
    prepared.findLastUses()
    return prepared
  }

  private func slot(of value: ValueID, readBy node: PreparedNode, _ slots: Slots) throws -> Int {
    guard let slot = slots.slot(of: value) else {
      throw EvaluationError(
        .invalidModel,
        "\(node.operatorType) '\(node.name)' reads '\(graph[value].name)', which nothing defines before it")
    }
    return slot
  }

  /// The attributes that a node states, those that it takes from its function's call resolved.
  private func attributes(of node: Graph.Node, _ meaning: Meaning) -> [Name: any NodeAttribute] {
    var result: [Name: any NodeAttribute] = [:]
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
