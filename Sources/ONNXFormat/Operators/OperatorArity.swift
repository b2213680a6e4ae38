import BatchNormFolding
import ONNXModel
import RecordedData

/// How many inputs operators take.
///
/// Source: the operators of the ONNX specification, opsets 1 to 28. Those that may be given any number of inputs are left
/// out, and those that no fold has to do with.
enum OperatorArity {
  /// The most inputs from an opset on, the newest first.
  private static let table: [String: [(since: Int, inputs: Int)]] = {
    let fixed: [String: Int] = [
      "Add": 2, "AveragePool": 1, "BatchNormalization": 5, "Cast": 1, "CastLike": 2, "Constant": 0,
      "ConstantOfShape": 1,
      "Conv": 3, "ConvTranspose": 3, "DepthToSpace": 1, "DequantizeLinear": 3, "Div": 2, "Expand": 2, "Flatten": 1,
      "Gather": 2, "Gemm": 3, "GlobalAveragePool": 1, "GlobalMaxPool": 1, "Identity": 1, "If": 1, "LeakyRelu": 1,
      "MatMul": 2, "MaxPool": 1, "Mul": 2, "PRelu": 2, "Pow": 2, "QuantizeLinear": 3, "Relu": 1, "ScatterND": 3,
      "SequenceAt": 2, "Shape": 1, "Size": 1, "SpaceToDepth": 1, "Sub": 2, "Transpose": 1,
    ]
    var table = fixed.mapValues { [(since: 1, inputs: $0)] }
    table["Dropout"] = [(12, 3), (1, 1)]
    table["Pad"] = [(18, 4), (11, 3), (1, 1)]
    table["ReduceSum"] = [(13, 2), (1, 1)]
    for name in ["ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd"] { table[name] = [(18, 2), (1, 1)] }
    table["Reshape"] = [(5, 2), (1, 1)]
    table["Resize"] = [(11, 4), (1, 2)]
    table["Slice"] = [(10, 5), (1, 1)]
    table["Split"] = [(13, 2), (2, 1), (1, 2)]
    for name in ["Squeeze", "Unsqueeze"] { table[name] = [(13, 2), (1, 1)] }
    table["Tile"] = [(6, 2), (1, 3)]
    table["Upsample"] = [(9, 2), (1, 1)]
    return table
  }()

  /// The most inputs of an operator, nil where any number may be given.
  static func limit(of operatorType: String, opset: Int) -> Int? {
    table[operatorType]?.first { $0.since <= opset }?.inputs
  }

  /// Whether a node of ONNX's own operators reads more than its operator has inputs.
  static func isExceeded(by node: NodeView, _ operatorType: String, opset: Int) -> Bool {
    let count = node.inputCount
    guard count > 0, let limit = limit(of: operatorType, opset: opset), count > limit else { return false }
    return node.inputs[limit...].contains { !$0.isEmpty }
  }
}

extension OperatorReader {
  /// Why a node stays that reads more than its operator has inputs, nil for another one.
  func excessInputs(of node: ReadNode) -> DeclineReason? {
    guard GraphReader.canonical(node.view.domain).isEmpty,
      OperatorArity.isExceeded(by: node.view, node.operatorType, opset: node.opset),
      let limit = OperatorArity.limit(of: node.operatorType, opset: node.opset)
    else { return nil }
    return DeclineReason(
      .tooManyInputs,
      "the \(title(node)) has \(node.inputs.count) inputs, but its operator at most \(limit) at opset \(node.opset)")
  }

  /// The role of a node that stays as it is.
  func refused(_ node: ReadNode, _ reason: DeclineReason) -> ReadRole {
    guard node.operatorType == "BatchNormalization", let input = node.input(0), node.outputs.first ?? nil != nil else {
      return ReadRole(.opaque(reason))
    }
    return unknownNormalization(of: input, reason)
  }
}
