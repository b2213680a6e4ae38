/// Why a norm stays: a stable code and one sentence for people.
package struct DeclineReason: Equatable, Sendable {
  /// A stable code that scripts rely on; codes are added, never renamed.
  ///
  /// A format may have codes of its own.
  package struct Code: Hashable, Sendable {
    package let text: String

    /// A code of a format's own, which no other may have.
    package init(_ text: String) { self.text = text }

    package static let noLinearProducer = Code("no-linear-producer")
    package static let activationShared = Code("activation-shared")
    package static let activationIsOutput = Code("activation-is-output")
    package static let activationCaptured = Code("activation-captured")
    package static let trainingMode = Code("training-mode")
    package static let parameterNotConstant = Code("parameter-not-constant")
    package static let weightNotConstant = Code("weight-not-constant")
    package static let biasNotConstant = Code("bias-not-constant")
    package static let channelMismatch = Code("channel-mismatch")
    package static let rankUnknown = Code("rank-unknown")
    package static let channelAxisDiffers = Code("channel-axis-differs")
    package static let invalidVariance = Code("invalid-variance")
    package static let overflowsStorage = Code("overflows-storage")
    package static let typeMismatch = Code("type-mismatch")
    package static let unsupportedType = Code("unsupported-type")
    package static let paddingWithShift = Code("padding-with-shift")
    package static let shiftNotUniform = Code("shift-not-uniform")
    package static let valuePinned = Code("value-pinned")
    package static let excluded = Code("excluded")
    package static let weightQuantized = Code("weight-quantized")
    package static let searchLimit = Code("search-limit")
  }

  package let code: Code
  package let text: String

  package init(_ code: Code, _ text: String) {
    self.code = code
    self.text = text
  }
}
