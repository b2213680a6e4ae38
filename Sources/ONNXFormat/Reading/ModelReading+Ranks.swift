import BatchNormFolding
import ONNXModel
import ProtobufIO

/// How the rank of an operator's first output follows from its inputs.
private enum RankRule {
  case sameAsFirst
  /// NumPy broadcasting: the largest rank of all inputs.
  case broadcast
  case fixed(Int)
  case sameAsWeight
  case matrixProduct
  case shapeInput
}

private let rankRules: [String: RankRule] = {
  let sameAsFirst = [
    "Abs", "AveragePool", "BatchNormalization", "Cast", "Ceil", "Celu", "Clip", "Concat", "CumSum", "DepthToSpace",
    "Dropout", "Elu", "Erf", "Exp", "Floor", "Gelu", "GlobalAveragePool", "GlobalMaxPool", "GroupNormalization",
    "HardSigmoid", "HardSwish", "Hardmax", "Identity", "InstanceNormalization", "LRN", "LayerNormalization",
    "LeakyRelu", "Log", "LogSoftmax", "LpNormalization", "LpPool", "MaxPool", "MeanVarianceNormalization", "Mish",
    "Neg", "PRelu", "Pad", "Reciprocal", "Relu", "Resize", "Round", "Selu", "Sigmoid", "Sign", "Slice", "Softmax",
    "Softplus", "Softsign", "SpaceToDepth", "Split", "Sqrt", "Tanh", "ThresholdedRelu", "Tile", "Transpose",
    "Upsample",
  ]
  let broadcast = ["Add", "Div", "Max", "Mean", "Min", "Mul", "Pow", "Sub", "Sum", "Where"]
  var rules = Dictionary(uniqueKeysWithValues: sameAsFirst.map { ($0, RankRule.sameAsFirst) })
  for name in broadcast { rules[name] = .broadcast }
  rules["Flatten"] = .fixed(2)
  rules["Gemm"] = .fixed(2)
  rules["Conv"] = .sameAsWeight
  rules["ConvTranspose"] = .sameAsWeight
  rules["MatMul"] = .matrixProduct
  rules["Reshape"] = .shapeInput
  return rules
}()

extension ModelReading {
  /// The rank of a node's first output, nil where it does not follow from what is known.
  ///
  /// Source: the shape rules of the operators in the ONNX specification, opsets 1 to 28.
  func inferredRank(of node: ReadNode) throws(ModelFileError) -> Int? {
    func rank(_ index: Int) -> Int? { node.input(index).flatMap { values[$0.index].rank } }
    switch rankRules[node.operatorType] {
    case .sameAsFirst: return rank(0)
    case .fixed(let rank): return rank
    case .sameAsWeight: return rank(1) ?? rank(0)
    case .broadcast:
      var largest = 0
      for index in node.inputs.indices {
        guard let rank = rank(index) else { return nil }
        largest = max(largest, rank)
      }
      return largest
    case .matrixProduct:
      guard let left = rank(0), let right = rank(1), left > 0, right > 0 else { return nil }
      return max(left, right, 2) - (left == 1 ? 1 : 0) - (right == 1 ? 1 : 0)
    case .shapeInput:
      if let shape = constant(node.input(1)) { return try contents.integers(of: shape)?.count }
      return node.view.attribute("shape")?.integers.count
    case nil: return nil
    }
  }
}
