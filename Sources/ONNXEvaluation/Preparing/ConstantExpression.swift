package import Equivalence
package import ModelGraph
import NumericKernels
import ProtobufIO
package import Tensors

/// Constants of a graph, and the nodes that make another one of them.
package struct ConstantExpression {
  package let graph: Graph
  package var tensors: [(value: ValueID, tensor: any StoredTensor)] = []
  package var made: [(value: ValueID, tensor: Tensor)] = []
  /// In the order of the graph.
  package var nodes: [OperatorID] = []

  package init(in graph: Graph) { self.graph = graph }

  /// What a value is, every number widened exactly.
  ///
  /// - Parameter precision: Whether each node's result is rounded to its type.
  /// - Returns: nil where a node cannot be executed or the value is no tensor; outside of a check, also where it is too
  ///   large.
  /// - Throws: `ModelFileError` where a tensor cannot be read, `EvaluationError` for an expression that is no whole, or
  ///   where a limit of the check is reached that asks.
  package func contents(of value: ValueID, precision: Precision = .own) throws -> Tensor? {
    do {
      if nodes.isEmpty, let stored = tensors.first(where: { $0.value == value }) {
        return try stored.tensor.read(as: Double.self)
      }
      let budget = Ledger.current?.budget ?? RunBudget(modelBytes: byteCount)
      let prepared = try GraphPreparer(graph, budget: budget).prepare(self, output: value)
      let context = RunContext(
        precision: precision, product: MatrixProduct(library: nil), operators: OperatorTable<Double>(), budget: budget)
      return try context.run(prepared, inputs: []).first?.tensor
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
