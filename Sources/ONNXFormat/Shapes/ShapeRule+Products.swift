import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Products of matrices.
extension ShapeRule {
  static let products: [String: ShapeRule] = [
    "Gemm": .attributes { query throws(ModelFileError) in try query.gemm() },
    "Einsum": .attributes { query throws(ModelFileError) in query.einsum() },
    "GRU": .inputs(.all) { query in ValueShape(rank: query.output == 0 ? 4 : 3) },
    "LSTM": .inputs(.all) { query in ValueShape(rank: query.output == 0 ? 4 : 3) },
    "RNN": .inputs(.all) { query in ValueShape(rank: query.output == 0 ? 4 : 3) },
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

  /// What stands behind the arrow, with the size that each letter has in an input.
  fileprivate func einsum() -> ValueShape? {
    let text = (text("equation")?.description ?? "").filter { $0 != " " }
    guard let arrow = text.lastIndex(of: ">"), text[..<arrow].last == "-" else { return nil }
    let terms = text[..<arrow].dropLast().split(separator: ",", omittingEmptySubsequences: false)
    let made = text[text.index(after: arrow)...]
    guard made.allSatisfy(\.isLetter), terms.count == node.inputs.count else { return nil }
    var sizes: [Character: Dimension] = [:]
    for (index, term) in terms.enumerated() where term.allSatisfy(\.isLetter) {
      guard let shape = shape(index), shape.rank == term.count else { continue }
      // A size of 1 may be broadcast.
      for (letter, size) in zip(term, shape.dimensions) where size != .size(1) && size != .unknown {
        sizes[letter] = size
      }
    }
    return ValueShape(made.map { sizes[$0] ?? .unknown })
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
