import Testing

@testable import BatchNormFolding

@Suite struct DeclineReasonTests {
  /// Scripts rely on these: a code may be added, none may change.
  @Test func `codes are what scripts know them as`() {
    let codes: [DeclineReason.Code] = [
      .noLinearProducer, .activationShared, .activationIsOutput, .activationCaptured, .trainingMode,
      .parameterNotConstant, .weightNotConstant, .biasNotConstant, .channelMismatch, .rankUnknown, .channelAxisDiffers,
      .invalidVariance, .overflowsStorage, .typeMismatch, .unsupportedType, .paddingWithShift, .shiftNotUniform,
      .valuePinned, .excluded, .weightQuantized, .searchLimit,
    ]
    #expect(
      codes.map(\.text) == [
        "no-linear-producer", "activation-shared", "activation-is-output", "activation-captured", "training-mode",
        "parameter-not-constant", "weight-not-constant", "bias-not-constant", "channel-mismatch", "rank-unknown",
        "channel-axis-differs", "invalid-variance", "overflows-storage", "type-mismatch", "unsupported-type",
        "padding-with-shift", "shift-not-uniform", "value-pinned", "excluded", "weight-quantized", "search-limit",
      ])
  }

  @Test func `a format has codes of its own`() {
    let reason = DeclineReason(DeclineReason.Code("not-in-my-format"), "it is of another format")
    #expect(reason.code.text == "not-in-my-format")
    #expect(reason.code != .excluded && reason.code == DeclineReason.Code("not-in-my-format"))
  }
}
