package import Tensors

/// How many inputs operators take and how many outputs they give.
///
/// Source: the operators of the ONNX specification, opsets 1 to 28. Of the inputs those operators are left out that may
/// be given any number, and those that no fold has to do with.
package enum OperatorArity {
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

  /// The most outputs of the operators that have not just one; of others than these there is no most.
  private static let outputs: [String: Int?] = [
    "Attention": 4, "BatchNormalization": 5, "CausalConvWithState": 2, "Dropout": 2, "DynamicQuantizeLinear": 3,
    "GRU": 2,
    "If": nil, "LSTM": 3, "LayerNormalization": 3, "LinearAttention": 2, "Loop": nil, "MaxPool": 2, "RNN": 2,
    "Scan": nil, "SequenceMap": nil, "SoftmaxCrossEntropyLoss": 2, "Split": nil, "StringSplit": 2, "TopK": 2,
    "Unique": 4,
  ]

  /// The most inputs of an operator, nil where any number may be given.
  package static func inputLimit(of operatorType: String, opset: Int) -> Int? {
    table[operatorType]?.first { $0.since <= opset }?.inputs
  }

  /// The most outputs of an operator, nil where it gives any number.
  package static func outputLimit(of operatorType: String) -> Int? {
    if let limit = outputs[operatorType] { limit } else { 1 }
  }

  /// How many inputs or outputs a node has, and how many its operator has at most.
  package struct Excess {
    package let count: Int
    package let limit: Int
    package let isOfOutputs: Bool
  }

  /// What a node of ONNX's own operators has more of than its operator; what is left out counts for nothing.
  package static func excess(
    of inputs: [ValueID?], _ outputs: [ValueID?], _ operatorType: String, opset: Int
  ) -> Excess? {
    if inputs.count > 0, let limit = inputLimit(of: operatorType, opset: opset), inputs.count > limit,
      inputs[limit...].contains(where: { $0 != nil })
    {
      return Excess(count: inputs.count, limit: limit, isOfOutputs: false)
    }
    if outputs.count > 1, let limit = outputLimit(of: operatorType), outputs.count > limit,
      outputs[limit...].contains(where: { $0 != nil })
    {
      return Excess(count: outputs.count, limit: limit, isOfOutputs: true)
    }
    return nil
  }
}
