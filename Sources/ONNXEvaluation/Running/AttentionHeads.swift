import NumericKernels
import Tensors

/// The products of an attention, head by head.
///
/// Several heads of the query may share one of the key and the value.
struct AttentionHeads<S: RunScalar> {
  let batch: Int
  let heads: Int
  let sharedHeads: Int
  let queries: Int
  let keys: Int
  let width: Int
  let valueWidth: Int

  /// - Parameters:
  ///   - query: `[batch, heads, queries, width]`.
  ///   - key: `[batch, sharedHeads, keys, width]`.
  ///   - value: `[batch, sharedHeads, keys, valueWidth]`.
  init(query: [Int], key: [Int], value: [Int]) throws {
    guard [query, key, value].allSatisfy({ $0.count == 4 }) else {
      throw ComputationFailure("query, key and value of shapes \(query), \(key) and \(value) do not have 4 axes")
    }
    guard key[0] == query[0], key[3] == query[3], value.dropLast() == key.dropLast(), key[1] > 0,
      query[1] % key[1] == 0
    else { throw ComputationFailure("query, key and value of shapes \(query), \(key) and \(value) do not fit") }
    (batch, heads, queries, width) = (query[0], query[1], query[2], query[3])
    (sharedHeads, keys, valueWidth) = (key[1], key[2], value[3])
  }

  var scoreShape: [Int] { [batch, heads, queries, keys] }
  var resultShape: [Int] { [batch, heads, queries, valueWidth] }

  /// What each query gives with the keys of its head, `scoreShape`.
  func scores(_ query: [S], _ key: [S], scale: S, by product: MatrixProduct) throws -> [S] {
    try Ledger.count(batch * heads, queries, keys, width)
    let scaled: [S] = query.map { $0 * scale }
    var result = [S](repeating: 0, count: try scoreShape.checkedCount())
    var target = result.mutableSpan
    let size = ProductSize(rows: queries, columns: keys, inner: width)
    for head in 0..<(batch * heads) {
      product.multiply(
        size, scaled.span, MatrixLayout(offset: head * queries * width, stride: max(width, 1)), key.span,
        MatrixLayout(offset: sharedHead(of: head) * keys * width, stride: max(width, 1), isTransposed: true),
        into: &target, MatrixLayout(offset: head * queries * keys, stride: max(keys, 1)))
    }
    return result
  }

  /// The values weighted by each query's probabilities, `resultShape`.
  func results(_ probabilities: [S], _ value: [S], by product: MatrixProduct) throws -> [S] {
    try Ledger.count(batch * heads, queries, keys, valueWidth)
    var result = [S](repeating: 0, count: try resultShape.checkedCount())
    var target = result.mutableSpan
    let size = ProductSize(rows: queries, columns: valueWidth, inner: keys)
    for head in 0..<(batch * heads) {
      product.multiply(
        size, probabilities.span, MatrixLayout(offset: head * queries * keys, stride: max(keys, 1)), value.span,
        MatrixLayout(offset: sharedHead(of: head) * keys * valueWidth, stride: max(valueWidth, 1)),
        into: &target, MatrixLayout(offset: head * queries * valueWidth, stride: max(valueWidth, 1)))
    }
    return result
  }

  /// The head of the key and the value for a head of the query, both counted through the batch.
  private func sharedHead(of head: Int) -> Int {
    head / heads * sharedHeads + head % heads / (heads / sharedHeads)
  }
}
