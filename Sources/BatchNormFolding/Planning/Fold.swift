/// One linear operator with all that it absorbs.
package struct Fold: Sendable {
  /// Who holds the bias after the fold.
  package enum BiasHolder: Equatable, Sendable {
    /// The operator itself.
    case linear
    /// An addition that already follows it.
    case addition(OperatorID)
    /// An addition that has to be made.
    case inserted
  }

  /// A bias with its contents.
  package struct Bias: Sendable {
    package let holder: BiasHolder
    package let rows: Int

    /// `rows × channels` elements, each exactly representable in the storage type.
    package let values: [Double]
  }

  package let linear: OperatorID
  package let norms: [OperatorID]

  /// All operators that the fold makes superfluous, in order: norms, additions and what hands values on.
  package let absorbed: [OperatorID]

  /// What the fused operator writes: the last norm's output.
  package let output: ValueID

  /// Computes the new weight; its affine map is everything behind the operator.
  package let arithmetic: FoldArithmetic

  /// Whether any weight element changes.
  package let scalesWeight: Bool

  /// The new bias, nil where there is none and none is needed.
  package let bias: Bias?
}
