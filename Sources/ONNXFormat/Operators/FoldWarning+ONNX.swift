import BatchNormFolding

/// What only ONNX's models know.
extension FoldWarning.Code {
  static let frozenInitializer = Self("frozen-initializer")
}
