import Testing

@testable import BatchNormFolding

@Suite struct FoldWarningTests {
  /// Scripts rely on these: a code may be added, none may change.
  @Test func `codes are what scripts know them as`() {
    let codes: [FoldWarning.Code] = [
      .runningStatisticsUntouched, .tinyVariance, .deadChannels, .subnormalWeights, .assumedInference,
      .biasWidened, .weightDuplicated, .rangeSpread, .nothingMatched,
    ]
    #expect(
      codes.map(\.text) == [
        "running-statistics-untouched", "tiny-variance", "dead-channels", "subnormal-weights", "assumed-inference",
        "bias-widened", "weight-duplicated", "range-spread", "nothing-matched",
      ])
  }
}
