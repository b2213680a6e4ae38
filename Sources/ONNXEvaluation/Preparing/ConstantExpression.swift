package import Equivalence
import NumericKernels
package import ONNXModel
package import RecordedData
package import Tensors

/// Constants of a graph, and the nodes that make another one of them.
package struct ConstantExpression {
  package var tensors: [(name: Name, tensor: TensorView)] = []
  package var sparseTensors: [(name: Name, tensor: SparseTensorView)] = []
  package var made: [(name: Name, tensor: Tensor)] = []
  /// In the order of the file.
  package var nodes: [NodeView] = []

  package init() {}

  /// The value of a name, every number widened exactly.
  ///
  /// - Parameter precision: Whether each node's result is rounded to its type.
  /// - Returns: nil where a node cannot be executed or the value is no tensor; outside of a check, also where it is too
  ///   large.
  /// - Throws: `ModelFileError` where a tensor cannot be read, `EvaluationError` for an expression that is no whole, or
  ///   where a limit of the check is reached that asks.
  package func value(
    of name: Name, in document: ONNXDocument, precision: Precision = .own
  ) throws -> Tensor? {
    do {
      if nodes.isEmpty, let stored = tensors.first(where: { $0.name == name }) {
        return try stored.tensor.read(as: Double.self)
      }
      let budget = Ledger.current?.budget ?? RunBudget(modelBytes: byteCount)
      let graph = try GraphPreparer(document, budget: budget).prepare(self, output: name)
      let context = RunContext(
        precision: precision, product: MatrixProduct(library: nil), operators: OperatorTable<Double>(), budget: budget)
      return try context.run(graph, inputs: []).first?.tensor
    } catch is ComputationFailure {
      return nil
    } catch let error as EvaluationError where error.code == .limitReached && Ledger.current == nil {
      return nil
    }
  }

  /// The bytes of the constants.
  private var byteCount: Int {
    tensors.reduce(0) { sum, stored in sum.addingClamped(stored.tensor.byteCount) }
  }
}

extension GraphPreparer {
  /// An expression as a graph of its own.
  func prepare(_ expression: ConstantExpression, output: Name) throws -> PreparedGraph {
    let scope = Scope(parent: nil)
    for (name, tensor) in expression.tensors { _ = scope.define(name, constant: .tensor(tensor)) }
    for (name, tensor) in expression.sparseTensors { _ = scope.define(name, constant: .sparse(tensor)) }
    for (name, tensor) in expression.made { _ = scope.define(name, constant: .made { tensor }) }
    return try prepare(expression.nodes, output: output, scope)
  }
}
