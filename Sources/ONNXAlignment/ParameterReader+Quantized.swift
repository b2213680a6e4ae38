import Equivalence
import ONNXModel

extension ParameterReader {
  /// The elements of a weight; what a DequantizeLinear makes of integers is not rounded as running it would be.
  ///
  /// Its stored numbers are the integers and their scales, and those are what a fold is judged by.
  ///
  /// - Returns: nil where they are not known.
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  /// - Complexity: O(elements).
  func weight(_ name: Name) throws -> [Double]? {
    guard let index = scope.producer(of: name), case let node = scope.nodes[index],
      node.operatorType == "DequantizeLinear", node.domain.isOwn, node.inputs.count >= 2,
      let integers = try scope.value(of: node.inputs[0]), let numbers = integers.doubles,
      let scales = try scope.value(of: node.inputs[1]), let factors = scales.doubles,
      let places = try scalePlaces(of: integers.shape, scales.shape, node)
    else { return try scope.value(of: name)?.doubles }
    var zeros: [Double]?
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      guard let known = try scope.value(of: node.inputs[2])?.doubles, known.count == factors.count else {
        return try scope.value(of: name)?.doubles
      }
      zeros = known
    }
    return numbers.indices.map { (numbers[$0] - (zeros?[places[$0]] ?? 0)) * factors[places[$0]] }
  }

  /// Which scale each element has; nil where shapes do not fit.
  private func scalePlaces(of shape: [Int], _ scales: [Int], _ node: NodeView) throws -> [Int]? {
    let count = shape.reduce(1, *)
    if scales.reduce(1, *) == 1 { return Array(repeating: 0, count: count) }
    let stated = try node.attribute("axis")?.integer() ?? 1
    let axis = stated < 0 ? stated + shape.count : stated
    guard shape.indices.contains(axis), shape[axis] > 0 else { return nil }
    let inner = shape[(axis + 1)...].reduce(1, *)
    if scales == [shape[axis]] { return (0..<count).map { $0 / inner % shape[axis] } }
    let block = try node.attribute("block_size")?.integer() ?? 0
    guard block > 0, scales.count == shape.count, scales[axis] == (shape[axis] + block - 1) / block,
      shape.indices.allSatisfy({ $0 == axis || scales[$0] == shape[$0] })
    else { return nil }
    return (0..<count).map { index in
      let (outer, place) = (index / inner / shape[axis], index / inner % shape[axis] / block)
      return (outer * scales[axis] + place) * inner + index % inner
    }
  }
}
