import NumericKernels
import ProtobufIO
import Tensors

/// The recurrence of the operator LinearAttention.
///
/// Each head of key and value has a matrix as its state, `[width, valueWidth]`.
struct LinearAttention<S: RunScalar> {
  private let batch: Int
  private let length: Int
  private let heads: Int
  private let sharedHeads: Int
  private let width: Int
  private let valueWidth: Int
  private let scale: S

  /// Logarithms of what stays of the state, and how many of them each head has; nil where all of it stays.
  private let decay: (elements: [S], perHead: Int)?

  /// How much of what the state lacks is added, and how many heads tell it; nil where the whole value is added.
  private let rate: (elements: [S], heads: Int)?

  init(_ call: OperatorCall<S>) throws {
    let (query, key, value) = (try call.tensor(0).shape, try call.tensor(1).shape, try call.tensor(2).shape)
    heads = try call.integer("q_num_heads", default: 0)
    sharedHeads = try call.integer("kv_num_heads", default: 0)
    guard sharedHeads > 0, heads > 0, heads % sharedHeads == 0 else {
      throw ComputationFailure("\(sharedHeads) heads of the key do not divide \(heads) of the query")
    }
    guard [query, key, value].allSatisfy({ $0.count == 3 && $0[0] == query[0] && $0[1] == query[1] }),
      query[2] > 0, query[2] % heads == 0, value[2] > 0, key[2] == query[2] / heads * sharedHeads,
      value[2] % sharedHeads == 0
    else { throw ComputationFailure("query, key and value of shapes \(query), \(key) and \(value) do not fit") }
    (batch, length) = (query[0], query[1])
    (width, valueWidth) = (query[2] / heads, value[2] / sharedHeads)
    let stated = try call.real("scale", default: 0)
    scale = S(stated == 0 ? 1 / Double(width).squareRoot() : stated)

    let rule = call.text("update_rule", default: "gated_delta")
    guard ["linear", "gated", "delta", "gated_delta"].contains(rule) else {
      throw ComputationFailure("update rule '\(rule)' is not known")
    }
    if rule == "gated" || rule == "gated_delta" {
      let elements = try call.reals(4)
      let perHead = try call.tensor(4).shape.last == sharedHeads ? 1 : width
      guard elements.count == batch * length * sharedHeads * perHead else {
        throw ComputationFailure("a decay of shape \(try call.tensor(4).shape) does not fit a key of shape \(key)")
      }
      decay = (elements, perHead)
    } else {
      decay = nil
    }
    if rule == "delta" || rule == "gated_delta" {
      let elements = try call.reals(5)
      let rateHeads = try call.tensor(5).shape.last ?? 0
      guard rateHeads == 1 || rateHeads == sharedHeads, elements.count == batch * length * rateHeads else {
        throw ComputationFailure("a rate of shape \(try call.tensor(5).shape) does not fit a key of shape \(key)")
      }
      rate = (elements, rateHeads)
    } else {
      rate = nil
    }
  }

  var outputShape: [Int] { [batch, length, heads * valueWidth] }
  var stateShape: [Int] { [batch, sharedHeads, width, valueWidth] }

  /// Runs over all tokens.
  ///
  /// - Parameter state: `stateShape`, before the first token and then after the last.
  /// - Returns: `outputShape`.
  func run(_ query: [S], _ key: [S], _ value: [S], state: inout [S]) throws -> [S] {
    try Ledger.count(batch, heads, length, width * valueWidth, cost: 16)
    var output = [S](repeating: 0, count: try outputShape.checkedCount())
    for index in 0..<(batch * sharedHeads) {
      let (image, head) = (index / sharedHeads, index % sharedHeads)
      let matrix = index * width * valueWidth
      for token in (image * length)..<((image + 1) * length) {
        let shared = token * sharedHeads + head
        let keyRow: ArraySlice<S> = key[(shared * width)..<((shared + 1) * width)]
        forget(&state, matrix, shared)
        var addend = Array(value[(shared * valueWidth)..<((shared + 1) * valueWidth)])
        if let rate {
          let recalled = read(state, matrix, keyRow)
          let factor = rate.elements[rate.heads == 1 ? token : shared]
          for column in addend.indices { addend[column] = factor * (addend[column] - recalled[column]) }
        }
        for (row, factor) in keyRow.enumerated() {
          for column in 0..<valueWidth { state[matrix + row * valueWidth + column] += factor * addend[column] }
        }
        let group = heads / sharedHeads
        for reader in (token * heads + head * group)..<(token * heads + (head + 1) * group) {
          let answer = read(state, matrix, query[(reader * width)..<((reader + 1) * width)])
          for column in 0..<valueWidth { output[reader * valueWidth + column] = scale * answer[column] }
        }
      }
    }
    return output
  }

  private func forget(_ state: inout [S], _ matrix: Int, _ shared: Int) {
    guard let decay else { return }
    for row in 0..<width {
      let factor = S.exponential(decay.elements[shared * decay.perHead + (decay.perHead == 1 ? 0 : row)])
      for column in 0..<valueWidth { state[matrix + row * valueWidth + column] *= factor }
    }
  }

  /// The state's rows weighted and added.
  private func read(_ state: [S], _ matrix: Int, _ weights: ArraySlice<S>) -> [S] {
    var result = [S](repeating: 0, count: valueWidth)
    for (row, weight) in weights.enumerated() {
      for column in 0..<valueWidth { result[column] += weight * state[matrix + row * valueWidth + column] }
    }
    return result
  }
}
