import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

extension GraphReader {
  /// The shape that a node which only renames axes gives to a tensor, nil where it is not known.
  ///
  /// Source: Identity, Reshape, Flatten, Squeeze and Unsqueeze of the ONNX specification, opsets 1 to 28.
  func reshaped(_ shape: [Int], by node: Graph.Node) throws(ModelFileError) -> [Int]? {
    let count = shape.reduce(1, *)
    let result: [Int]?
    switch node.operatorType {
    case "Identity": return shape
    case "Reshape":
      let allowsZero = try node.integer("allowzero", default: 0) != 0
      result = try numbers(node, attribute: "shape").flatMap { Self.filled($0, from: shape, allowsZero: allowsZero) }
    case "Flatten":
      let axis = try node.integer("axis", default: 1)
      let place = axis < 0 ? axis + shape.count : axis
      guard (0...shape.count).contains(place) else { return nil }
      result = [shape[..<place].reduce(1, *), shape[place...].reduce(1, *)]
    case "Unsqueeze":
      result = try numbers(node, attribute: "axes").flatMap { Self.unsqueezed(shape, $0) }
    default:
      guard let axes = try numbers(node, attribute: "axes") else {
        result = node.input(1) == nil ? shape.filter { $0 != 1 } : nil
        break
      }
      let places = Set(axes.map { $0 < 0 ? $0 + shape.count : $0 })
      guard places.allSatisfy({ shape.indices.contains($0) && shape[$0] == 1 }) else { return nil }
      result = shape.indices.filter { !places.contains($0) }.map { shape[$0] }
    }
    return result?.elementCount == count ? result : nil
  }

  /// The integers that a node takes as its second input or, in old opsets, as an attribute.
  private func numbers(_ node: Graph.Node, attribute: Name) throws(ModelFileError) -> [Int]? {
    guard let input = node.input(1) else { return node.attribute(attribute)?.integers }
    return try reading.integers(input)
  }

  private static func filled(_ target: [Int], from shape: [Int], allowsZero: Bool) -> [Int]? {
    var result: [Int] = []
    for (axis, size) in target.enumerated() {
      guard size != 0 || allowsZero || axis < shape.count, size >= -1 else { return nil }
      result.append(size == 0 && !allowsZero ? shape[axis] : size)
    }
    guard let open = result.firstIndex(of: -1) else { return result }
    guard let known = result.filter({ $0 != -1 }).elementCount, known > 0, result.count(where: { $0 == -1 }) == 1 else {
      return nil
    }
    result[open] = shape.reduce(1, *) / known
    return result
  }

  private static func unsqueezed(_ shape: [Int], _ axes: [Int]) -> [Int]? {
    let rank = shape.count + axes.count
    let places = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
    guard places.count == axes.count, places.allSatisfy((0..<rank).contains) else { return nil }
    var rest = shape.makeIterator()
    return (0..<rank).map { places.contains($0) ? 1 : rest.next() ?? 1 }
  }
}
