import Tensors

/// The operators that a run knows, by name; those of another domain than ONNX's own by `domain.name`.
struct OperatorTable<S: RunScalar> {
  typealias Operation = (inout OperatorCall<S>) throws -> [Value?]

  private var operations: [String: Operation] = [:]

  /// All of them; each family lists its own.
  init() {
    addActivations()
    addArithmetic()
    addComparisons()
    addConvolutions()
    addPoolings()
    addNormalizations()
    addProducts()
    addReductions()
    addShaping()
    addJoining()
    addIndexing()
    addGenerators()
    addCasts()
    addQuantization()
    addSelection()
    addResampling()
    addRecurrent()
    addControlFlow()
    addAttention()
    addTransformerLayers()
    addStatefulLayers()
    addSpectra()
    addDeformableConvolution()
    addLosses()
    addTexts()
  }

  /// None at all.
  init(empty: Void) {}

  subscript(name: String) -> Operation? { operations[name] }

  /// Adds an operator of one output.
  mutating func add(_ name: String, _ operation: @escaping (inout OperatorCall<S>) throws -> Tensor) {
    operations[name] = { [.tensor(try operation(&$0))] }
  }

  /// Adds an operator of several outputs, or of other values than tensors.
  mutating func add(_ name: String, several operation: @escaping Operation) { operations[name] = operation }
}
