import BatchNormFolding
import Testing

@testable import ONNXFormat

@Suite struct ONNXCodeTests {
  /// Scripts rely on these: a code may be added, none may change.
  @Test func `codes of ONNX alone are what scripts know them as`() {
    let codes: [DeclineReason.Code] = [
      .nonSpatial, .overridableInitializer, .dropoutNotInference, .functionParameter, .foreignDomain, .tooManyInputs,
      .tooManyOutputs,
    ]
    #expect(
      codes.map(\.text) == [
        "non-spatial", "overridable-initializer", "dropout-not-inference", "function-parameter", "foreign-domain",
        "too-many-inputs", "too-many-outputs",
      ])
    #expect(FoldWarning.Code.frozenInitializer.text == "frozen-initializer")
  }
}
