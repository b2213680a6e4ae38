import Equivalence
import NumericKernels
import Tensors

/// What all nodes of a run share.
struct RunContext<S: RunScalar> {
  let precision: Precision
  let product: MatrixProduct
  let operators: OperatorTable<S>
  /// Whether norms count as inference whatever they say.
  var assumesInference = false
  var cache: ConstantCache?
  let budget: RunBudget
  /// How many bodies and functions are around the graph that runs.
  private(set) var depth = 0

  init(
    precision: Precision, product: MatrixProduct, operators: OperatorTable<S>, assumesInference: Bool = false,
    cache: ConstantCache? = nil, budget: RunBudget
  ) {
    self.precision = precision
    self.product = product
    self.operators = operators
    self.assumesInference = assumesInference
    self.cache = cache
    self.budget = budget
  }

  /// A value as its type holds it: integers wrapped, and in a model's own precision reals rounded.
  func finished(_ value: Value) throws -> Value {
    switch value {
    case .tensor(let tensor): .tensor(try finished(tensor))
    case .sequence(let values): .sequence(try values.map(finished))
    case .absent: .absent
    }
  }

  private func finished(_ tensor: consuming Tensor) throws -> Tensor {
    let (shape, kind) = (tensor.shape, tensor.kind)
    switch tensor.elements {
    case .integer(let elements) where kind.bitWidth < 64:
      guard elements.contains(where: { kind.wrapped($0) != $0 }) else { return tensor }
      return try Tensor(shape, kind, integers: elements.map { kind.wrapped($0) })
    case .float32, .float64:
      guard precision == .own, needsRounding(kind), var elements = S.reals(of: tensor.elements) else { return tensor }
      switch kind {
      case .float16: HalfRounding.toFloat16(&elements)
      case .bfloat16: HalfRounding.toBFloat16(&elements)
      default: HalfRounding.toFloat32(&elements)
      }
      return try Tensor(shape, kind, reals: elements)
    default: return tensor
    }
  }

  /// Whether a real kind is narrower than what the run computes in; those of 8 bits are rounded where they are made.
  private func needsRounding(_ kind: ElementType) -> Bool {
    switch kind {
    case .float16, .bfloat16: true
    case .float32: S.self == Double.self
    default: false
    }
  }

  /// Runs a subgraph or the body of a function to its end.
  ///
  /// - Throws: `ComputationFailure` naming the node within that cannot be executed.
  func run(_ graph: PreparedGraph, inputs: [Value?], captured: [Int: Value] = [:]) throws -> [Value] {
    var inner = self
    inner.depth += 1
    try budget.check(depth: inner.depth)
    var run = GraphRun(graph, in: inner)
    for (input, value) in zip(graph.inputs, inputs) {
      if let value { run.set(input.slot, to: value) }
    }
    for (slot, value) in captured { run.set(slot, to: value) }
    while let step = try run.step() {
      if let failure = step.failure {
        throw ComputationFailure("\(failure.operator) '\(failure.node)' within it: \(failure.reason)")
      }
    }
    return try zip(graph.outputs, run.takeOutputs()).map { output, value in
      guard let value else { throw ComputationFailure("its graph's output '\(output.name)' is never made") }
      Ledger.current?.pass(elements: value.elementCount)
      return value
    }
  }
}
