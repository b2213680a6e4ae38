package import Equivalence
package import ModelGraph
import NumericKernels
import ProtobufIO
package import Tensors

/// Runs ONNX models.
///
/// It reads what operators mean from ONNX's specification and shares nothing with the code that folds, but for the
/// typed views of the file. It belongs to one thread.
package struct ONNXEvaluator: Evaluator {
  package let inputs: [InputDescription]
  package let outputs: [String]

  private let graph: PreparedGraph
  private let parts: GraphParts
  private let singleOperators = OperatorTable<Float>()
  private let doubleOperators = OperatorTable<Double>()
  private let product: MatrixProduct
  private let holdsDoubles: Bool
  /// The inputs that some node or output reads.
  private let read: Set<String>
  private let assumesInference: Bool

  /// The memory that OpenBLAS needs for itself and the buffers of two threads.
  private static let libraryMemory = 512 << 20

  private var cache: ConstantCache?
  private var budget: RunBudget

  /// - Parameters:
  ///   - model: Its file stays open: tensors are read from it while the model runs.
  ///   - threads: How many threads a matrix product may use.
  ///   - assumesInference: Whether norms and Dropouts that were exported in training mode run as inference.
  ///   - replacing: Tensors to be taken in place of constants, made each time that a node reads them.
  ///   - budget: What preparing and running the model counts against.
  /// - Throws: `EvaluationError` for a function that calls itself, or a BLAS library that was asked for and
  ///   cannot be used. A model that has too many nodes is found to be so when it is to run.
  package init(
    _ model: Graph, threads: Int, assumesInference: Bool = false,
    replacing: [ValueID: () throws -> Tensor] = [:], budget: RunBudget = RunBudget()
  ) throws {
    self.budget = budget
    let preparer = GraphPreparer(model, replacing: replacing, budget: budget)
    do {
      graph = try preparer.prepareModel()
    } catch let error as EvaluationError where error.code == .limitReached {
      graph = preparer.interface
    }
    parts = GraphParts(graph)
    do {
      // Without the memory for its buffers OpenBLAS asks for them again and again.
      let library =
        FreeMemory().bytes < Self.libraryMemory
        ? nil : try OpenBLAS.opened(threads: SystemThreads.areAvailable ? threads : 1)
      product = MatrixProduct(library: library)
    } catch {
      throw EvaluationError(.noLibrary, error.description)
    }
    holdsDoubles = model.holdsDoubles
    self.assumesInference = assumesInference
    let graph = graph
    let slots = Set(graph.nodes.flatMap(\.read) + graph.outputs.map(\.slot))
    read = Set(graph.inputs.filter { slots.contains($0.slot) }.map(\.name.description))
    inputs = graph.inputs.map { input in
      InputDescription(
        name: input.name.description, kind: input.type.element,
        // Some exporters write -1 for an axis of any size.
        shape: input.type.sizes?.map { size in size.flatMap { $0 < 0 ? nil : $0 } },
        hasDefault: graph.constants[input.slot] != nil)
    }
    outputs = graph.outputs.map(\.name.description)
  }

  package var valueSources: [String: [String]] {
    var names: [Int: String] = [:]
    for input in graph.inputs { names[input.slot] = input.name.description }
    var sources: [String: [String]] = [:]
    for node in graph.nodes {
      let read = node.inputs.compactMap { slot in slot.flatMap { names[$0] } }
      for (name, slot) in zip(node.outputNames, node.outputs) {
        guard let slot else { continue }
        names[slot] = name.description
        sources[name.description] = read
      }
    }
    return sources
  }

  /// The second axis of any value.
  package func channelAxis(of value: String) -> Int? { 1 }

  package var valueNames: [String] {
    var dependent = Set(graph.inputs.map(\.slot).filter { graph.constants[$0] == nil })
    var names: [String] = []
    for node in graph.nodes {
      let captured = node.subgraphs.values.flatMap { $0.captures.map(\.outer) }
      guard !dependent.isDisjoint(with: node.inputs.compactMap { $0 } + captured) else { continue }
      dependent.formUnion(node.outputs.compactMap { $0 })
      names += node.outputNames.filter { !$0.isEmpty }.map(\.description)
    }
    return names
  }

  package var nodeCount: Int { graph.nodes.count }

  package func start(with values: [String: Value], precision: Precision) throws -> ONNXRun {
    if let exhaustion = budget.exhaustion { throw exhaustion }
    let known = Set(inputs.map(\.name))
    for name in values.keys.sorted() where !known.contains(name) {
      throw EvaluationError(.unsuitableInput, "the model has no input '\(name)'")
    }
    for input in inputs {
      if let value = values[input.name] {
        try input.check(value)
      } else if !input.hasDefault, read.contains(input.name) {
        throw EvaluationError(.unsuitableInput, "input '\(input.name)' is missing")
      }
    }
    return try run(graph, values, precision)
  }

  package func start(from values: [String: Value], to output: String, precision: Precision) throws -> ONNXRun {
    if let exhaustion = budget.exhaustion { throw exhaustion }
    guard let part = parts.part(from: Set(values.keys), to: output) else {
      throw EvaluationError(.unsuitableInput, "'\(output)' is not made of \(values.keys.sorted())")
    }
    return try run(part, values, precision)
  }

  private func run(_ graph: PreparedGraph, _ values: [String: Value], _ precision: Precision) throws -> ONNXRun {
    try Ledger.$current.withValue(Ledger(budget)) {
      try precision == .float64 || holdsDoubles
        ? ONNXRun(GraphRun(graph, values, context(precision, doubleOperators)))
        : ONNXRun(GraphRun(graph, values, context(precision, singleOperators)))
    }
  }

  private func context<S: RunScalar>(_ precision: Precision, _ operators: OperatorTable<S>) -> RunContext<S> {
    RunContext(
      precision: precision, product: product, operators: operators, assumesInference: assumesInference, cache: cache,
      budget: budget)
  }

  /// The same model for nodes that run twice in a row: the constants read last are kept for the second time.
  package func keepingConstants() -> ONNXEvaluator {
    var result = self
    result.cache = ConstantCache()
    return result
  }

  /// The same model, whose runs count against another budget.
  package func counting(against budget: RunBudget) -> ONNXEvaluator {
    var result = self
    result.budget = budget
    return result
  }
}

extension InputDescription {
  /// Checks that a value is what the model takes.
  fileprivate func check(_ value: Value) throws {
    guard let tensor = value.tensor else { return }
    if let kind, kind != tensor.kind {
      throw EvaluationError(
        .unsuitableInput, "input '\(name)' is \(kind.rawValue) but is given \(tensor.kind.rawValue)")
    }
    guard let shape else { return }
    let fits = shape.count == tensor.rank && zip(shape, tensor.shape).allSatisfy { $0 == nil || $0 == $1 }
    guard fits else {
      let text = shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")
      throw EvaluationError(.unsuitableInput, "input '\(name)' has shape [\(text)] but is given \(tensor.shape)")
    }
  }
}

extension GraphRun {
  fileprivate init(_ graph: PreparedGraph, _ values: [String: Value], _ context: RunContext<S>) throws {
    self.init(graph, in: context)
    for input in graph.inputs {
      if let value = values[input.name.description] { set(input.slot, to: try value.stored(as: S.self)) }
    }
  }
}
