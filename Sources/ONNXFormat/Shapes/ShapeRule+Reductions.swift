import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Operators that leave one element of each line of elements.
extension ShapeRule {
  static let reductions: [String: ShapeRule] = {
    var rules: [String: ShapeRule] = [
      "ReduceSum": .attributes { query throws(ModelFileError) in try query.reduced(inputSince: 13) }
    ]
    for name in ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare"] {
      rules["Reduce\(name)"] = .attributes { query throws(ModelFileError) in try query.reduced(inputSince: 18) }
    }
    for name in ["ArgMax", "ArgMin"] {
      rules[name] = .attributes { query throws(ModelFileError) in
        try query.reduced([try query.integer("axis", default: 0)])
      }
    }
    return rules
  }()
}

extension ShapeQuery {
  fileprivate func reduced(inputSince version: Int) throws(ModelFileError) -> ValueShape? {
    let (isStated, numbers) = try axes(since: version)
    guard isStated, numbers != [] else {
      if try integer("noop_with_empty_axes", default: 0) != 0 { return self.version >= version ? shape(0) : nil }
      // Runtimes do not agree on what an empty list in an attribute means.
      guard !isStated || self.version >= version else { return nil }
      return try reduced(shape(0).map { Array($0.dimensions.indices) })
    }
    return try reduced(numbers)
  }

  /// The shape without the sizes of some axes; nil stands for axes that are not known.
  fileprivate func reduced(_ numbers: [Int]?) throws(ModelFileError) -> ValueShape? {
    guard let shape = shape(0) else { return nil }
    let keepsAxes = try integer("keepdims", default: 1) != 0
    guard let numbers else { return keepsAxes ? ValueShape(rank: shape.rank) : nil }
    guard let axes = shape.axes(numbers) else { return nil }
    let indices = shape.dimensions.indices
    return keepsAxes
      ? ValueShape(indices.map { axes.contains($0) ? .size(1) : shape[$0] })
      : ValueShape(indices.filter { !axes.contains($0) }.map { shape[$0] })
  }
}
