import Equivalence
import ModelGraph
import ProtobufIO
import Tensors

/// A value that both models make by one linear operator, with maps around it that need not be the same.
struct RecoveredFold {
  let form: LinearForm
  let other: LinearForm
  let weightKind: ElementType
  let comparison: FoldComparison

  /// What the certificate names.
  func titles(of value: String, in graph: String) -> FoldTitles {
    FoldTitles(
      value: value, graph: graph, operator: other.node.operatorType, node: other.node.name.description,
      norms: form.norms.filter { !other.norms.contains($0) })
  }
}
