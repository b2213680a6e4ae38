import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Operators whose output is made rather than computed from elements.
extension ShapeRule {
  static let constants: [String: ShapeRule] = [
    "Constant": .attributes { query throws(ModelFileError) in try query.constantShape() },
    "ConstantOfShape": .inputs { query throws(ModelFileError) in try query.integers(0).flatMap { ValueShape($0) } },
    "RandomNormal": .attributes { query in query.integerList("shape").flatMap { ValueShape(sizes: $0) } },
    "RandomUniform": .attributes { query in query.integerList("shape").flatMap { ValueShape(sizes: $0) } },
    "Range": .inputs { query throws(ModelFileError) in try query.rangeShape() },
    "Shape": .attributes { query throws(ModelFileError) in
      ValueShape([try query.shapePart().map { .size($0.count) } ?? .unknown])
    },
    "Size": .inputs { _ in ValueShape(rank: 0) },
  ]
}

extension ShapeQuery {
  fileprivate func constantShape() throws(ModelFileError) -> ValueShape? {
    for attribute in node.attributes {
      switch attribute.name {
      case "value": return attribute.tensor.flatMap { ValueShape(sizes: $0.shape) }
      case "sparse_value": return attribute.sparseTensor.flatMap { ValueShape(sizes: $0.shape) }
      case "value_int", "value_float", "value_string": return ValueShape(rank: 0)
      case "value_ints": return ValueShape(sizes: [attribute.integers.count])
      case "value_floats": return ValueShape(sizes: [attribute.floats.count])
      case "value_strings": return ValueShape(sizes: [attribute.strings.count])
      default: continue
      }
    }
    return nil
  }

  fileprivate func rangeShape() throws(ModelFileError) -> ValueShape? {
    func number(_ index: Int) throws(ModelFileError) -> Double? {
      if let number = try floats(index)?.first { return number }
      return try knownIntegers(index)?.first.map(Double.init)
    }
    guard let start = try number(0), let limit = try number(1), let step = try number(2), step != 0,
      let count = Int(exactly: ((limit - start) / step).rounded(.up))
    else { return ValueShape(rank: 1) }
    return ValueShape(sizes: [max(count, 0)])
  }

  /// The sizes that a Shape gives.
  ///
  /// Source: Shape of the ONNX specification, which takes a part of the axes since opset 15.
  func shapePart() throws(ModelFileError) -> ArraySlice<Dimension>? {
    guard let shape = shape(0) else { return nil }
    func clamped(_ place: Int) -> Int { min(max(place < 0 ? place + shape.rank : place, 0), shape.rank) }
    let start = clamped(try integer("start", default: 0))
    let end = clamped(try integer("end", default: shape.rank))
    return shape.dimensions[start..<max(start, end)]
  }
}
