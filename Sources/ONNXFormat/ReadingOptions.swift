import ONNXModel

/// How a model is to be understood where the file leaves a choice to its user.
package struct ReadingOptions {
  /// Take norms exported in training mode as inference.
  package var assumesInference = false

  /// Take initializers that callers could override as constants.
  package var freezesInitializers = false

  /// Names of values that must stay as they are.
  package var keptValues: Set<String> = []

  /// Whether a norm may fold, by its node's name and its output's.
  package var isSelected: @Sendable (_ node: String, _ output: String) -> Bool = { _, _ in true }

  /// Works out what nodes make of stored constants, rounded to its type as running them would; nil where it cannot.
  package var evaluate: (_ nodes: ConstantNodes) -> EvaluatedConstant? = { _ in nil }

  /// Puts what folds make into the bytes of tensors.
  package var encoder = ElementEncoder()

  package init() {}
}
