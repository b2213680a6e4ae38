import BatchNormFolding
import ONNXModel
import Tensors

/// The channels of a weight of matrices `[…, K, N]`, in the order in which it is stored.
struct MatrixMaps {
  /// One channel for each of the K rows.
  let ofRows: ChannelMap
  /// One channel for each of the N columns.
  let ofColumns: ChannelMap

  /// - Parameter isTurned: Whether the operator reads each matrix as `[N, K]`.
  /// - Returns: nil for a weight that is too large.
  init?(_ weight: StoredWeight, isTurned: Bool = false) {
    let shape = weight.shape
    guard shape.count >= 2, shape.elementCount != nil else { return nil }
    let count = shape.dropLast(2).reduce(1, *)
    let (first, second) = (shape[shape.count - 2], shape[shape.count - 1])
    let (rows, columns) = isTurned ? (second, first) : (first, second)
    let isStoredByColumn = isTurned != weight.isTransposed
    let outer = ChannelMap(
      pre: count, groups: 1, mid: 1, perGroup: isStoredByColumn ? columns : rows,
      post: isStoredByColumn ? rows : columns)
    let inner = ChannelMap(
      pre: count * (isStoredByColumn ? columns : rows), groups: 1, mid: 1,
      perGroup: isStoredByColumn ? rows : columns, post: 1)
    guard let outer, let inner else { return nil }
    (ofRows, ofColumns) = isStoredByColumn ? (inner, outer) : (outer, inner)
  }
}
