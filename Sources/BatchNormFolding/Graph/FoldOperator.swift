package import Tensors

/// One operator as the core sees it.
package struct FoldOperator: Sendable {
  /// The operator's own name in the model, empty where it has none.
  package let name: String

  /// What the format calls this kind of operator, for people.
  package let kind: String

  /// The path of the (sub)graph it is in.
  package let graphPath: String

  /// The values that its role speaks of, in order; none for an opaque operator.
  package let inputs: [ValueID]

  /// The values it writes.
  package let outputs: [ValueID]

  package let role: Role

  /// Whether it takes no notice of the contents of what it reads, as nothing takes notice of what it makes.
  package var isIdle = false

  /// What an operator means to a fold.
  ///
  /// Roles are looked at far more often than they are made, so that each is a reference and cheap to hand on.
  package indirect enum Role: Sendable {
    /// Can absorb a per-channel affine map.
    case linear(LinearOperator)
    /// Adds, subtracts, multiplies or divides by a constant.
    case affine(ConstantAffine)
    /// Carries the channels of its input to its first output.
    case carrier(ChannelCarrier)
    /// Joins its inputs.
    case concatenation(Concatenation)
    /// Cuts its input into its outputs.
    case split(ChannelSplit)
    /// Hands each input on as the output of the same number: an If out of a body that is known to run, a call into and
    /// out of a function that nothing else calls.
    case passage
    /// Adds or subtracts its inputs.
    case sum(BranchSum)
    /// A norm.
    case normalization(Normalization)
    /// Anything else; the reason, where there is one, is why a norm behind it cannot fold.
    case opaque(DeclineReason?)
  }

  package init(
    name: String, kind: String, graphPath: String, inputs: [ValueID], outputs: [ValueID], role: Role
  ) {
    self.name = name
    self.kind = kind
    self.graphPath = graphPath
    self.inputs = inputs
    self.outputs = outputs
    self.role = role
  }

  package var normalization: Normalization? {
    if case .normalization(let normalization) = role { normalization } else { nil }
  }

  package var affine: ConstantAffine? {
    if case .affine(let affine) = role { affine } else { nil }
  }

  package var linear: LinearOperator? {
    if case .linear(let linear) = role { linear } else { nil }
  }
}
