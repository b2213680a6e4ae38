import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

extension GraphReader {
  /// The largest constant that is made rather than stored: what a file could hold.
  private static let largestMade = Int(Int32.max)

  mutating func add(
    _ origin: KnownConstant.Origin, type: DataType, shape: [Int], for value: ValueID
  ) {
    let name = reading.name(of: value)
    let known = shapes.shape(shape)
    let origin = origin.isSegment ? KnownConstant.Origin.partial : whole(origin)
    reading.values[value.index].constant = ConstantID(reading.constants.count)
    // A caller that overrides it may give it another shape, within what the graph states for its input.
    if !reading.values[value.index].isOverridable {
      reading.values[value.index].shape = known.value
    }
    reading.constants.append(KnownConstant(origin: origin, value: value, type: type, shape: known.sizes))
    reading.graph.constants.append(
      FoldConstant(
        name: name.bytes, shape: known.sizes, storage: type.storage, typeName: type.name, isKept: isKept(name)))
  }

  /// The same with one step to another constant at most, however many nodes hand that on or round it.
  private func whole(_ origin: KnownConstant.Origin) -> KnownConstant.Origin {
    switch origin {
    case .alias(let other):
      if case .alias = reading.constants[other.index].origin { reading.constants[other.index].origin } else { origin }
    case .cast(let other):
      switch reading.constants[other.index].origin {
      case .alias, .cast: .computed
      default: origin
      }
    default: origin
    }
  }

  /// Notes a constant that is stored sparsely, of a shape that nothing was checked against.
  mutating func add(_ tensor: SparseTensorView, for value: ValueID) {
    guard let values = tensor.values, tensor.shape.elementCount != nil else {
      return add(.partial, type: DataType(rawValue: 0), shape: [], for: value)
    }
    add(.sparse(tensor), type: values.elementType, shape: tensor.shape, for: value)
  }

  /// What follows from a value that a caller may override may change with it.
  mutating func inheritOverrides(of inputs: [ValueID?], by outputs: [ValueID?]) {
    for case let output? in outputs where reading.values[output.index].constant != nil {
      let isOverridable = inputs.contains { input in input.map { reading.values[$0.index].isOverridable } ?? false }
      reading.values[output.index].isOverridable = isOverridable
      if isOverridable { reading.values[output.index].shape = nil }
    }
  }

  /// Notes the contents of a node's output where they are known.
  mutating func readConstant(_ node: Graph.Node, _ id: OperatorID) throws(ModelFileError) {
    // What the call of a function gives is not known in its body.
    guard let output = node.outputs.first ?? nil, !node.hasReferenceAttributes else { return }
    switch node.operatorType {
    case "Constant": try readConstantNode(node, id, output)
    case "ConstantOfShape": try readRepeated(node, id, output)
    case "Cast":
      guard let source = reading.constant(node.input(0)), node.version >= 6 else { return }
      let (constant, type) = (
        reading.constants[source.index], DataType(rawValue: try node.integer("to", default: 0))
      )
      guard type.storage != nil else { return }
      if constant.type.storage != nil {
        add(.cast(source), type: type, shape: constant.shape, for: output)
      } else if Self.castable.contains(constant.type) {
        add(.computed, type: type, shape: constant.shape, for: output)
      }
    case "DequantizeLinear": try readDequantized(node, id, output)
    case "Dropout":
      guard let source = reading.constant(node.input(0)), node.outputs.dropFirst().allSatisfy({ $0 == nil }),
        case .carrier = try OperatorReader(reading: reading).dropout(node).role
      else { return }
      add(
        .alias(source), type: reading.constants[source.index].type, shape: reading.constants[source.index].shape,
        for: output)
    case "Identity", "Reshape", "Unsqueeze", "Squeeze", "Flatten":
      guard let source = reading.constant(node.input(0)) else { return }
      let constant = reading.constants[source.index]
      guard let shape = try reshaped(constant.shape, by: node) else { return }
      switch constant.origin {
      case .partial: add(constant.origin, type: constant.type, shape: shape, for: output)
      default: add(.alias(source), type: constant.type, shape: shape, for: output)
      }
    default:
      for (position, output) in node.outputs.enumerated() {
        if let output { try readComputed(node, position, output) }
      }
    }
  }

  /// Integers that double precision holds, so that they are rounded once.
  private static let castable: Set<DataType> = [.int8, .int32, .uint8]

  /// Operators whose outputs have the element type of one of their inputs, mostly the first.
  static let computable: Set<String> = [
    "Abs", "Add", "Ceil", "Clip", "Concat", "Div", "Exp", "Expand", "Floor", "Gather", "Gemm", "Log", "MatMul", "Max",
    "Mean", "Min", "Mul", "Neg", "Pad", "Pow", "Range", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean",
    "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu", "Sigmoid", "Sign", "Slice", "Split", "Sqrt",
    "Sub", "Sum", "Tanh", "Tile", "Transpose", "Where",
  ]

  /// Notes a constant that a node makes of constants, without working it out.
  private mutating func readComputed(
    _ node: Graph.Node, _ position: Int, _ output: ValueID
  ) throws(ModelFileError) {
    guard Self.computable.contains(node.operatorType), let type = elementType(of: node),
      let width = type.storage?.byteWidth, try readsDerived(node, fixed: false), !turnsStoredMatrix(node),
      let shape = try reading.inferredShape(of: node, output: position)?.sizes, let count = shape.elementCount,
      count <= Self.largestMade / width
    else { return }
    add(.computed, type: type, shape: shape, for: output)
  }

  /// The type of what an operator makes that has it from one of its inputs, where that is known.
  func elementType(of node: Graph.Node) -> DataType? {
    guard let input = node.typeGiver else { return nil }
    return reading.constant(input).map { reading.constants[$0.index].type } ?? reading.values[input.index].derivedType
  }

  /// Whether a node transposes a stored matrix, which operators read through it where it stands.
  private func turnsStoredMatrix(_ node: Graph.Node) -> Bool {
    guard node.operatorType == "Transpose", let source = reading.constant(node.input(0)) else { return false }
    switch reading.constants[source.index].origin {
    case .computed, .cast: return false
    default: return node.swapsLastAxes(rank: reading.constants[source.index].shape.count)
    }
  }

  /// Notes a bias that is stored as integers: those of one axis, whose zero point is 0, and a scale, or one for each.
  private mutating func readDequantized(
    _ node: Graph.Node, _ id: OperatorID, _ output: ValueID
  ) throws(ModelFileError) {
    guard let integers = reading.constant(node.input(0)), let scale = reading.constant(node.input(1)),
      case let constant = reading.constants[integers.index], constant.type == .int32,
      case let shape = constant.shape, shape.count(where: { $0 != 1 }) <= 1, let count = shape.elementCount,
      count <= OperatorReader.channelLimit, reading.contents.content(of: integers) != nil,
      case let type = reading.constants[scale.index].type, type.storage != nil,
      reading.contents.content(of: scale) != nil, try node.integer("block_size", default: 0) == 0,
      [0, type.rawValue].contains(try node.integer("output_dtype", default: 0)), try isZero(node.input(2))
    else { return }
    let scales = reading.constants[scale.index].shape
    let axis = try node.integer("axis", default: 1)
    let isPerElement = scales == [count] && shape.indices.contains(axis < 0 ? axis + shape.count : axis)
    guard scales.elementCount == 1 || isPerElement && shape[axis < 0 ? axis + shape.count : axis] == count else {
      return
    }
    add(.dequantized(integers, scale: scale, id), type: type, shape: shape, for: output)
    // Before opset 13 there is one step for all channels.
    guard node.version >= 13, let bias = reading.constant(output) else { return }
    reading.graph.constants[bias.index].steps = try reading.contents.storedElements(of: scale)
  }

  /// Whether a zero point is left out or 0.
  private func isZero(_ zeroPoint: ValueID?) throws(ModelFileError) -> Bool {
    guard let zeroPoint else { return true }
    guard let constant = reading.constant(zeroPoint), reading.constants[constant.index].type == .int32,
      let count = reading.constants[constant.index].shape.elementCount, count <= OperatorReader.channelLimit,
      let content = reading.contents.content(of: constant)
    else { return false }
    return try content.elements(of: Int32.self).allSatisfy { $0 == 0 }
  }

  private mutating func readConstantNode(
    _ node: Graph.Node, _ id: OperatorID, _ output: ValueID
  ) throws(ModelFileError) {
    if let tensor = node.attribute("value")?.storedTensor {
      add(.node(tensor, id), type: tensor.elementType, shape: tensor.shape, for: output)
    } else if let tensor = node.attribute("sparse_value")?.storedSparseTensor {
      add(tensor, for: output)
    } else if let attribute = node.attribute("value_float") {
      add(.literal(Self.bytes([try attribute.float()]), id), type: .float32, shape: [], for: output)
    } else if let attribute = node.attribute("value_floats") {
      let values = attribute.floats
      add(.literal(Self.bytes(values), id), type: .float32, shape: [values.count], for: output)
    }
  }

  private mutating func readRepeated(
    _ node: Graph.Node, _ id: OperatorID, _ output: ValueID
  ) throws(ModelFileError) {
    guard let shape = try reading.integers(node.input(0)) else { return }
    let tensor = node.attribute("value")?.storedTensor
    let type = tensor?.elementType ?? .float32
    guard let width = type.bitWidth, width % 8 == 0 else { return }
    guard let count = shape.elementCount, count <= Self.largestMade / (width / 8) else { return }
    var element = [UInt8](repeating: 0, count: width / 8)
    if let content = tensor?.content {
      guard content.byteCount == element.count else { return }
      element = try Self.bytes(of: content)
    }
    add(.repeated(element, id), type: type, shape: shape, for: output)
  }

  private static func bytes(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
  }

  private static func bytes(of content: PayloadContent) throws(ModelFileError) -> [UInt8] {
    switch content.origin {
    case .bytes(let bytes): bytes
    case .range(let source, let offset, let count): try source.bytes(at: offset, count: count)
    case .repeated(let element, _): element
    }
  }
}
