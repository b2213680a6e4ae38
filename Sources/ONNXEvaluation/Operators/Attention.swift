import NumericKernels
import ProtobufIO
import Tensors

/// Scaled dot-product attention.
extension OperatorTable {
  mutating func addAttention() {
    add("Attention", several: Self.attention)
    add("ai.onnx.preview.FlexAttention", Self.flexibleAttention)
  }

  /// What the fourth output of Attention holds.
  private enum Exposure: Int {
    case product, capped, masked, probabilities
  }

  private static func attention(_ call: inout OperatorCall<S>) throws -> [Value?] {
    let isPacked = try call.tensor(0).rank == 3
    let query = try splitHeads(call, 0, "q_num_heads")
    let (newKey, newValue) = (try splitHeads(call, 1, "kv_num_heads"), try splitHeads(call, 2, "kv_num_heads"))
    let key = try appended(newKey, to: call.optionalTensor(4))
    let value = try appended(newValue, to: call.optionalTensor(5))
    let heads = try AttentionHeads<S>(query: query.shape, key: key.shape, value: value.shape)
    let mask = try AttentionMask<S>(call, heads, pastKeys: call.hasInput(4) ? heads.keys - newKey.shape[2] : nil)

    let mode = try call.integer("qk_matmul_output_mode", default: 0)
    guard let asked = Exposure(rawValue: mode) else {
      throw ComputationFailure("qk_matmul_output_mode \(mode) is not known")
    }
    let exposure: Exposure? = call.hasOutput(3) ? asked : nil
    var exposed: [S]?
    var scores = try scores(call, heads, query, key)
    if exposure == .product { exposed = scores }
    let cap = try call.real("softcap", default: 0)
    if cap > 0 { UnaryFunction.scaledTanh(alpha: cap, beta: 1 / cap).apply(to: &scores) }
    if exposure == .capped { exposed = scores }
    let isClosed = mask.apply(to: &scores, heads)
    if exposure == .masked { exposed = scores }
    if let kind = try call.optionalInteger("softmax_precision").map({ try Self.kind($0) }) {
      scores = try rounded(scores, heads.scoreShape, kind, call)
    }
    RowNormalization.softmax.apply(to: &scores, width: heads.keys)
    for row in isClosed.indices where isClosed[row] {
      for key in 0..<heads.keys { scores[row * heads.keys + key] = 0 }
    }
    if exposure == .probabilities { exposed = scores }

    let values = try OperatorCall<S>.reals(of: value, input: 2)
    var result = try Tensor(
      heads.resultShape, query.kind, reals: try heads.results(scores, values, by: call.context.product))
    if isPacked {
      result = try result.transposed(by: [0, 2, 1, 3])
        .reshaped(to: [heads.batch, heads.queries, heads.heads * heads.valueWidth])
    }
    return [
      .tensor(result), .tensor(key), .tensor(value),
      try exposed.map { .tensor(try Tensor(heads.scoreShape, query.kind, reals: $0)) },
    ]
  }

  /// An input as `[batch, heads, length, width]`; of 3 axes the last holds all heads.
  private static func splitHeads(_ call: OperatorCall<S>, _ index: Int, _ attribute: Name) throws -> Tensor {
    let tensor = try call.tensor(index)
    guard tensor.rank == 3 else { return tensor }
    let heads = try call.integer(attribute, default: 0)
    guard heads > 0, heads <= tensor.shape[2], tensor.shape[2] % heads == 0 else {
      throw ComputationFailure("\(heads) heads do not divide an input of shape \(tensor.shape)")
    }
    return try tensor.reshaped(to: [tensor.shape[0], tensor.shape[1], heads, tensor.shape[2] / heads])
      .transposed(by: [0, 2, 1, 3])
  }

  /// Keys or values behind those of a cache.
  private static func appended(_ tensor: Tensor, to past: Tensor?) throws -> Tensor {
    guard let past else { return tensor }
    guard tensor.rank == 4 else { throw ComputationFailure("an input of shape \(tensor.shape) has no cache") }
    return try Tensor.joined([past, tensor], along: 2)
  }

  private static func scores(
    _ call: OperatorCall<S>, _ heads: AttentionHeads<S>, _ query: Tensor, _ key: Tensor
  ) throws -> [S] {
    let scale: Double = try call.optionalReal("scale") ?? 1 / Double(heads.width).squareRoot()
    return try heads.scores(
      OperatorCall<S>.reals(of: query, input: 0), OperatorCall<S>.reals(of: key, input: 1), scale: S(scale),
      by: call.context.product)
  }

  /// Numbers as a kind holds them, in a run that rounds.
  private static func rounded(
    _ elements: [S], _ shape: [Int], _ kind: ElementType, _ call: OperatorCall<S>
  ) throws -> [S] {
    guard kind.isReal else { throw ComputationFailure("\(kind.rawValue) is no precision of a softmax") }
    let value: Value = try call.context.finished(.tensor(try Tensor(shape, kind, reals: elements)))
    guard let tensor = value.tensor else { preconditionFailure("a tensor stays one") }
    return try OperatorCall<S>.reals(of: tensor, input: 0)
  }

  /// Attention whose scores and probabilities the graphs of the node may change.
  private static func flexibleAttention(_ call: inout OperatorCall<S>) throws -> Tensor {
    let (query, key, value) = (try call.tensor(0), try call.tensor(1), try call.tensor(2))
    let heads = try AttentionHeads<S>(query: query.shape, key: key.shape, value: value.shape)
    let standard: ElementType = query.kind == .float64 ? .float64 : .float32
    let kind = try call.optionalInteger("softmax_precision").map { try Self.kind($0) } ?? standard
    var scores = try rounded(scores(call, heads, query, key), heads.scoreShape, kind, call)
    scores = try changed(scores, by: "score_mod", heads.scoreShape, kind, call)
    RowNormalization.softmax.apply(to: &scores, width: heads.keys)
    scores = try changed(scores, by: "prob_mod", heads.scoreShape, kind, call)
    let values = try call.reals(2)
    return try Tensor(
      heads.resultShape, value.kind, reals: try heads.results(scores, values, by: call.context.product))
  }

  private static func changed(
    _ elements: [S], by attribute: Name, _ shape: [Int], _ kind: ElementType, _ call: OperatorCall<S>
  ) throws -> [S] {
    guard call.hasAttribute(attribute) else { return elements }
    let values = try call.run(attribute, [.tensor(Tensor(shape, kind, reals: elements))])
    guard let tensor = values.first?.tensor, tensor.shape == shape else {
      throw ComputationFailure("the graph in '\(attribute)' does not give a tensor of shape \(shape)")
    }
    return try OperatorCall<S>.reals(of: tensor, input: 0)
  }
}
