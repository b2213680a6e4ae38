import Equivalence
import ModelGraph
import NumericKernels
import ProtobufIO
import Tensors

/// Of a run of nothing, which uses nothing.
private let noBudget = RunBudget()

/// One graph while it runs: what its slots hold, and which node is next.
struct GraphRun<S: RunScalar> {
  private enum Slot {
    case empty
    case value(Value)
    /// The node that it would come from could not be executed.
    case unavailable(UnexecutedNode)
  }

  /// Constants of at most so many elements stay once they are read.
  private static var keptCount: Int { 1 << 10 }

  private let graph: PreparedGraph
  private let context: RunContext<S>
  private var slots: [Slot]
  private var position = 0

  init(_ graph: PreparedGraph, in context: RunContext<S>) {
    self.graph = graph
    self.context = context
    slots = Array(repeating: .empty, count: graph.slotCount)
  }

  /// A run of nothing, cheap to make.
  static var nothing: GraphRun {
    GraphRun(
      PreparedGraph(),
      in: RunContext(
        precision: .own, product: MatrixProduct(library: nil), operators: OperatorTable(empty: ()), budget: noBudget))
  }

  /// Gives an input or a captured value.
  mutating func set(_ slot: Int, to value: Value) { slots[slot] = .value(value) }

  /// The names of what the next node makes; nil where none is left.
  var nextOutputs: [String]? { position < graph.nodes.count ? names(ofOutputsAt: position) : nil }

  /// The names of what the last node was to make.
  var lastOutputs: [String] { position > 0 ? names(ofOutputsAt: position - 1) : [] }

  private func names(ofOutputsAt index: Int) -> [String] {
    graph.nodes[index].outputNames.filter { !$0.isEmpty }.map(\.description)
  }

  /// Executes the next node; nil where none is left.
  ///
  /// - Throws: `ModelFileError` where a constant cannot be read, `EvaluationError` where a limit is reached.
  mutating func step() throws -> EvaluationStep? {
    guard position < graph.nodes.count else { return nil }
    let node = graph.nodes[position]
    position += 1
    defer {
      for slot in node.lastUses { slots[slot] = .empty }
    }
    if let cause = missing(for: node) {
      return fail(
        node,
        UnexecutedNode(
          node, reason: "needs \(cause.operator) '\(cause.output)', which was not executed", isConsequence: true))
    }
    do {
      try context.budget.countNode()
      let ledger = Ledger(context.budget)
      let values = try Ledger.$current.withValue(ledger) {
        try execute(node, ledger).map { value in try value.map(context.finished) }
      }
      var named: [(name: String, value: Value)] = []
      for (index, slot) in node.outputs.enumerated() {
        guard let slot, index < values.count, let value = values[index] else { continue }
        slots[slot] = .value(value)
        named.append((node.outputNames[index].description, value))
      }
      return EvaluationStep(values: named)
    } catch let failure as ComputationFailure {
      return fail(node, UnexecutedNode(node, reason: failure.description, isConsequence: false))
    } catch let error as EvaluationError where error.code == .unsuitableTensor {
      return fail(node, UnexecutedNode(node, reason: error.message, isConsequence: false))
    }
  }

  /// The values of the graph's outputs, nil for each that could not be made.
  ///
  /// - Throws: `ModelFileError` where a constant cannot be read, `EvaluationError` where a limit is reached.
  mutating func takeOutputs() throws -> [Value?] {
    try Ledger.$current.withValue(Ledger(context.budget)) {
      try graph.outputs.map { output in
        if case .value(let value) = slots[output.slot] { return value }
        do {
          return try graph.constants[output.slot].map { .tensor(try $0.read(as: S.self)) }
        } catch is ComputationFailure {
          return nil
        }
      }
    }
  }

  private mutating func fail(_ node: PreparedNode, _ failure: UnexecutedNode) -> EvaluationStep {
    for slot in node.outputs.compactMap({ $0 }) { slots[slot] = .unavailable(failure) }
    return EvaluationStep(values: [], failure: failure)
  }

  /// The node without which this one cannot be executed.
  private func missing(for node: PreparedNode) -> UnexecutedNode? {
    let captured = node.subgraphs.values.flatMap { $0.captures.map(\.outer) }
    for slot in node.inputs.compactMap({ $0 }) + captured {
      if case .unavailable(let failure) = slots[slot] { return failure }
    }
    return nil
  }

  private mutating func execute(_ node: PreparedNode, _ ledger: Ledger) throws -> [Value?] {
    var captured: [Name: [Int: Value]] = [:]
    for (name, subgraph) in node.subgraphs {
      for capture in subgraph.captures { captured[name, default: [:]][capture.inner] = try value(of: capture.outer) }
    }
    // A value is moved out where this node is its last reader, so that its memory can be used again.
    var inputs: [Value?] = []
    for (index, slot) in node.inputs.enumerated() {
      guard let slot else {
        inputs.append(nil)
        continue
      }
      inputs.append(try value(of: slot))
      if node.lastUses.contains(slot), !node.inputs[(index + 1)...].contains(slot) { slots[slot] = .empty }
    }
    if let body = node.body.first { return try context.run(body, inputs: inputs) }
    let key = node.domain.isEmpty ? node.operatorType : "\(node.domain).\(node.operatorType)"
    guard let operation = context.operators[key] else {
      throw ComputationFailure("the operator is not known\(node.domain.isEmpty ? "" : " (domain '\(node.domain)')")")
    }
    let given = inputs.reduce(0) { $0.addingClamped($1?.elementCount ?? 0) }
    try context.budget.count(operations: given.multipliedClamped(by: RunBudget.operationsPerElement))
    var call = OperatorCall(node: node, context: context, inputs: inputs, captured: captured)
    inputs = []
    let values = try operation(&call)
    let allowed = given.addingClamped(ledger.elements).addingClamped(Self.fewElements)
    for value in values where value?.elementCount ?? 0 > allowed {
      throw ComputationFailure(
        "makes \(value?.elementCount ?? 0) elements, but asked for \(ledger.elements) beside its inputs")
    }
    return values
  }

  /// The elements that a node may make of nothing, as a count or a truth value.
  private static var fewElements: Int { 16 }

  private mutating func value(of slot: Int) throws -> Value {
    if case .value(let value) = slots[slot] { return value }
    guard let constant = graph.constants[slot] else {
      throw ComputationFailure("reads a value that the node before it did not give")
    }
    let tensor = try read(constant)
    if tensor.count <= Self.keptCount { slots[slot] = .value(.tensor(tensor)) }
    return .tensor(tensor)
  }
}

extension GraphRun {
  private func read(_ constant: ConstantSource) throws -> Tensor {
    guard let cache = context.cache, case .tensor(let stored) = constant, stored.elementCount ?? 0 > Self.keptCount
    else { return try constant.read(as: S.self) }
    return try cache.tensor(at: stored.place, as: S.self) { try constant.read(as: S.self) }
  }
}

extension UnexecutedNode {
  fileprivate init(_ node: PreparedNode, reason: String, isConsequence: Bool) {
    self.init(
      node: node.name.description, operator: node.operatorType,
      output: node.outputNames.first?.description ?? "", reason: reason, isConsequence: isConsequence)
  }
}
