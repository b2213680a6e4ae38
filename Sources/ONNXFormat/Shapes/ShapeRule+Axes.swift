import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Operators that order, add, drop or join axes.
extension ShapeRule {
  static let axes: [String: ShapeRule] = [
    "Flatten": .attributes { query throws(ModelFileError) in try query.flattened() },
    "Transpose": .attributes { query in query.transposed() },
    "Squeeze": .attributes { query throws(ModelFileError) in try query.squeezed() },
    "Unsqueeze": .attributes { query throws(ModelFileError) in try query.unsqueezed() },
  ]
}

extension ShapeQuery {
  fileprivate func flattened() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0) else { return ValueShape(rank: 2) }
    let number = try integer("axis", default: 1)
    let axis = number < 0 ? number + shape.rank : number
    guard (0...shape.rank).contains(axis) else { return ValueShape(rank: 2) }
    return ValueShape([shape.dimensions[..<axis].product, shape.dimensions[axis...].product])
  }

  fileprivate func transposed() -> ValueShape? {
    guard let shape = shape(0) else { return nil }
    guard let order = integerList("perm"), !order.isEmpty else { return ValueShape(shape.dimensions.reversed()) }
    guard order.count == shape.rank, Set(order) == Set(shape.dimensions.indices) else { return nil }
    return ValueShape(order.map { shape[$0] })
  }

  fileprivate func squeezed() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0) else { return nil }
    let (isStated, numbers) = try axes(since: 13)
    guard isStated else {
      // A size that is not known may be 1.
      return shape.sizes.flatMap { ValueShape(sizes: $0.filter { $0 != 1 }) }
    }
    // Runtimes do not agree on whether an empty list means no axis or all of size 1.
    guard let numbers, !numbers.isEmpty, let axes = shape.axes(numbers),
      axes.allSatisfy({ shape[$0].size ?? 1 == 1 })
    else { return nil }
    return ValueShape(shape.dimensions.indices.filter { !axes.contains($0) }.map { shape[$0] })
  }

  fileprivate func unsqueezed() throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0) else { return nil }
    guard let numbers = try axes(since: 13).numbers else {
      return try integers(1).flatMap { ValueShape(rank: shape.rank + $0.count) }
    }
    guard let result = ValueShape(rank: shape.rank + numbers.count), let axes = result.axes(numbers) else { return nil }
    var rest = shape.dimensions.makeIterator()
    return ValueShape(result.dimensions.indices.map { axes.contains($0) ? .size(1) : rest.next() ?? .unknown })
  }

  /// The axes that a node names by its attribute or, since an opset, by its second input; and whether it names any.
  func axes(since version: Int) throws(ModelFileError) -> (isStated: Bool, numbers: [Int]?) {
    guard self.version >= version else {
      let numbers = integerList("axes")
      return (numbers != nil, numbers)
    }
    return (!isAbsent(1), try knownIntegers(1))
  }
}
