import ProtobufIO
import Tensors

/// Which keys each query of the operator Attention may attend to, and what is added to their scores.
struct AttentionMask<S: RunScalar> {
  /// What the mask adds; -infinity for a key that it forbids.
  private let biases: [S]

  /// How far one step along batch, heads, queries and keys leads in the biases.
  private let strides: [Int]

  /// The number of keys that the mask covers; those behind are forbidden.
  private let coveredKeys: Int

  /// For each batch the number of keys that are no padding.
  private let validKeys: [Int]

  /// For each batch the number of keys before that of the first query.
  private let offsets: [Int]

  private let isCausal: Bool

  /// How many keys before and behind its own a query may attend to, nil for all.
  private let reach: (left: Int?, right: Int?)

  /// - Parameter pastKeys: The number of keys from a cache, nil where the node has none.
  init(_ call: OperatorCall<S>, _ heads: AttentionHeads<S>, pastKeys: Int?) throws {
    isCausal = try call.integer("is_causal", default: 0) == 1
    let (left, right) = (
      try call.integer("left_window_size", default: -1), try call.integer("right_window_size", default: -1)
    )
    // No sequence is longer than the limit, which keeps sums of places and reaches representable.
    let limit = 1 << 40
    reach = (left < 0 ? nil : min(left, limit), right < 0 ? nil : min(right, limit))
    let valid: [Int]? = try call.optionalIntegers(6)
    validKeys = valid ?? Array(repeating: heads.keys, count: heads.batch)
    guard validKeys.count == heads.batch, validKeys.allSatisfy({ 0 <= $0 && $0 <= heads.keys }) else {
      throw ComputationFailure(
        "nonpad_kv_seqlen of \(validKeys) does not fit keys of \(heads.batch) times \(heads.keys)")
    }
    if pastKeys == nil, let valid {
      offsets = valid.map { $0 - heads.queries }
    } else {
      offsets = Array(repeating: pastKeys ?? 0, count: heads.batch)
    }
    guard let mask = try call.optionalTensor(3) else {
      (biases, strides, coveredKeys) = ([0], [0, 0, 0, 0], heads.keys)
      return
    }
    // From opset 24 on a mask may cover only the first keys.
    let covered: Int = call.version >= 24 ? mask.shape.last ?? heads.keys : heads.keys
    let target = [heads.batch, heads.heads, heads.queries, covered]
    guard covered <= heads.keys, Shape.broadcast(mask.shape, target) == target else {
      throw ComputationFailure("a mask of shape \(mask.shape) does not fit scores of shape \(heads.scoreShape)")
    }
    if case .boolean(let allowed) = mask.elements {
      biases = allowed.map { $0 ? 0 : -.infinity }
    } else {
      biases = try OperatorCall<S>.reals(of: mask, input: 3)
    }
    strides = Shape.strides(of: mask.shape, broadcastTo: target)
    coveredKeys = covered
  }

  /// Adds to each score what the mask says.
  ///
  /// - Parameter scores: `[batch, heads, queries, keys]`.
  /// - Returns: Which queries have no key to attend to.
  func apply(to scores: inout [S], _ heads: AttentionHeads<S>) -> [Bool] {
    var isClosed: [Bool] = []
    isClosed.reserveCapacity(heads.batch * heads.heads * heads.queries)
    for batch in 0..<heads.batch {
      for head in 0..<heads.heads {
        for query in 0..<heads.queries {
          let keys = allowedKeys(batch, query)
          let place = isClosed.count * heads.keys
          let start = batch * strides[0] + head * strides[1] + query * strides[2]
          var hasKey = false
          for key in 0..<heads.keys {
            let bias: S = keys.contains(key) ? biases[start + key * strides[3]] : -.infinity
            // What is forbidden stays so whatever its score is, NaN too.
            scores[place + key] = bias == -.infinity ? bias : scores[place + key] + bias
            if bias != -.infinity { hasKey = true }
          }
          isClosed.append(!hasKey)
        }
      }
    }
    return isClosed
  }

  /// The keys that a query may attend to by its place.
  private func allowedKeys(_ batch: Int, _ query: Int) -> Range<Int> {
    let place = offsets[batch] + query
    var end = min(validKeys[batch], coveredKeys)
    if isCausal { end = min(end, place + 1) }
    if let right = reach.right { end = min(end, place + right + 1) }
    let start = reach.left.map { max(place - $0, 0) } ?? 0
    return start..<max(start, end)
  }
}
