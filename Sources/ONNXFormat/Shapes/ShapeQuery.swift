import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// What a rule may ask of a node: the shapes of its inputs, their contents, its attributes.
struct ShapeQuery {
  let reading: ModelReading
  let node: Graph.Node

  /// The output whose shape is wanted.
  let output: Int

  var version: Int { node.version }

  /// Whether an input is left out.
  func isAbsent(_ index: Int) -> Bool { node.input(index) == nil }

  /// What is known of an input's shape.
  func shape(_ index: Int) -> ValueShape? { node.input(index).flatMap { reading.values[$0.index].shape } }

  /// The shapes of all inputs, nil where one is not known.
  func shapes() -> [ValueShape]? {
    let shapes = node.inputs.indices.compactMap { shape($0) }
    return shapes.count == node.inputs.count ? shapes : nil
  }

  /// What is known of the integers in an input, nil where not even their number is.
  func integers(_ index: Int) throws(ModelFileError) -> [Dimension]? {
    guard let value = node.input(index) else { return nil }
    if let known = try reading.integers(value) { return known.map { .size($0) } }
    let read = reading.values[value.index]
    guard read.integers == nil else { return read.integers }
    guard let shape = read.shape, shape.rank <= 1, let count = shape.dimensions.product.size,
      count <= ValueShape.largestRank
    else { return nil }
    return [Dimension](repeating: .unknown, count: count)
  }

  /// The integers in an input where all of them are known.
  func knownIntegers(_ index: Int) throws(ModelFileError) -> [Int]? { try reading.integers(node.input(index)) }

  /// The elements of a small floating-point constant.
  func floats(_ index: Int) throws(ModelFileError) -> [Double]? { try reading.floats(node.input(index)) }

  func integer(_ name: Name, default value: Int) throws(ModelFileError) -> Int {
    try node.integer(name, default: value)
  }

  /// A list of integers, nil where the node does not state it.
  func integerList(_ name: Name) -> [Int]? { node.attribute(name)?.integers }

  /// A text, nil where the node does not state it.
  func text(_ name: Name) -> Name? { node.attribute(name)?.string }
}
