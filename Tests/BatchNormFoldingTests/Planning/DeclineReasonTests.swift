import Testing

@testable import BatchNormFolding

@Suite struct DeclineReasonTests {
  /// Scripts rely on these: a code may be added, none may change.
  @Test func `codes are what scripts know them as`() {
    let codes: [DeclineReason.Code] = [
      .noLinearProducer, .activationShared, .activationIsOutput, .activationCaptured, .trainingMode, .nonSpatial,
      .parameterNotConstant, .weightNotConstant, .biasNotConstant, .overridableInitializer, .channelMismatch,
      .rankUnknown, .channelAxisDiffers, .invalidVariance, .overflowsStorage, .typeMismatch, .unsupportedType,
      .paddingWithShift, .shiftNotUniform, .dropoutNotInference, .functionParameter, .valuePinned, .excluded,
      .weightQuantized, .foreignDomain, .searchLimit, .tooManyInputs, .tooManyOutputs,
    ]
    #expect(
      codes.map(\.text) == [
        "no-linear-producer", "activation-shared", "activation-is-output", "activation-captured", "training-mode",
        "non-spatial", "parameter-not-constant", "weight-not-constant", "bias-not-constant",
        "overridable-initializer", "channel-mismatch", "rank-unknown", "channel-axis-differs", "invalid-variance",
        "overflows-storage", "type-mismatch", "unsupported-type", "padding-with-shift", "shift-not-uniform",
        "dropout-not-inference", "function-parameter",
        "value-pinned", "excluded", "weight-quantized", "foreign-domain",
        "search-limit", "too-many-inputs", "too-many-outputs",
      ])
  }
}
