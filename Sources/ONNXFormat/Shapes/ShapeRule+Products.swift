import BatchNormFolding
import ONNXModel
import ProtobufIO

/// Products of matrices.
extension ShapeRule {
  static let products: [String: ShapeRule] = [
    "Gemm": .attributes { query throws(ModelFileError) in try query.gemm() },
    "MatMul": .inputs { query in query.matrixProduct(0, 1) },
    "MatMulInteger": .inputs { query in query.matrixProduct(0, 1) },
    "QLinearMatMul": .inputs { query in query.matrixProduct(0, 3) },
  ]
}

extension ShapeQuery {
  fileprivate func gemm() throws(ModelFileError) -> ValueShape? {
    func size(_ index: Int, _ axis: Int) -> Dimension {
      guard let shape = shape(index), shape.rank == 2 else { return .unknown }
      return shape[axis]
    }
    let rows = size(0, try integer("transA", default: 0) == 0 ? 0 : 1)
    return ValueShape([rows, size(1, try integer("transB", default: 0) == 0 ? 1 : 0)])
  }

  /// The product of two inputs by `numpy.matmul`, which loses the axis of a vector.
  fileprivate func matrixProduct(_ left: Int, _ right: Int) -> ValueShape? {
    guard let left = shape(left), let right = shape(right), left.rank > 0, right.rank > 0,
      let batch = ValueShape(left.dimensions.dropLast(2)).broadcast(with: ValueShape(right.dimensions.dropLast(2)))
    else { return nil }
    let rows = left.rank > 1 ? [left[left.rank - 2]] : []
    let columns = right.rank > 1 ? [right[right.rank - 1]] : []
    return ValueShape(batch.dimensions + rows + columns)
  }
}

extension ValueShape {
  /// A part of a shape, which has no more axes than the whole.
  fileprivate init(_ part: ArraySlice<Dimension>) {
    guard let shape = ValueShape(Array(part)) else { preconditionFailure("a part is no longer than the whole") }
    self = shape
  }
}
