package import Tensors

/// One operator with all that it absorbs.
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

    /// The multiples that they are stored as, where they are; then each element is one's value.
    package let multiples: [BiasMultiple]?

    /// What each of them is the image of.
    package let originals: [Double]

    let image: Image

    /// The arithmetic of the image where it is another than the weight's.
    package var arithmetic: FoldArithmetic? {
      if case .own(let arithmetic) = image { arithmetic } else { nil }
    }
  }

  /// How a bias is worked out; few have an arithmetic of their own, and it is large.
  package indirect enum Image: Sendable {
    case asWeight
    case own(FoldArithmetic)
  }

  package let linear: OperatorID

  /// The operator as it was; of a norm, its gamma and beta as weight and bias.
  package let form: LinearOperator

  /// The norms that it absorbs.
  package let norms: [OperatorID]

  /// Computes the new weight; its affine map is everything behind the operator.
  package let arithmetic: FoldArithmetic

  /// Whether any weight element changes.
  package let scalesWeight: Bool

  /// The new bias, nil where it stays as it is.
  package let bias: Bias?

  /// Compares the new bias with the exact one.
  ///
  /// - Precondition: All of the weight has been observed.
  /// - Complexity: O(rows × channels × steps).
  package func observeBias(in error: inout FoldError) {
    guard let bias else { return }
    var own = bias.arithmetic.map { FoldError($0) } ?? error
    for (index, original) in bias.originals.enumerated() {
      let channel = index % form.channels
      if let multiple = bias.multiples?[index] {
        own.observe(bias: original, folded: multiple, channel: channel)
      } else {
        own.observe(bias: original, folded: bias.values[index], channel: channel)
      }
    }
    if bias.arithmetic == nil { error = own } else { error.adoptBias(of: own) }
  }
}
