import BatchNormFolding

/// What only ONNX's models know.
extension DeclineReason.Code {
  static let nonSpatial = Self("non-spatial")
  static let overridableInitializer = Self("overridable-initializer")
  static let dropoutNotInference = Self("dropout-not-inference")
  static let functionParameter = Self("function-parameter")
  static let foreignDomain = Self("foreign-domain")
  static let tooManyInputs = Self("too-many-inputs")
  static let tooManyOutputs = Self("too-many-outputs")
}
