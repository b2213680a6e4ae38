import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Weights, however they are stored.
extension OperatorReader {
  /// A weight, or the role that says why there is none.
  enum Weight {
    case known(StoredWeight)
    case none(ReadRole)
  }

  func weight(_ node: Graph.Node, input index: Int) throws(ModelFileError) -> Weight {
    if let made = try dequantized(node, input: index) { return made }
    if let turned = try transposed(node, input: index) { return turned }
    switch try parameter(node.input(index), "weight", .weightNotConstant, limit: .max) {
    case .unusable(let reason):
      return .none(.declined(reason.code, "\(title(node)) beside it: \(reason.text)"))
    case .constant(let constant):
      if let role = refusal(of: constant, node) { return .none(role) }
      return .known(StoredWeight(constant: constant, shape: shape(constant)))
    }
  }

  /// Why a constant cannot be changed as a weight, nil where it can.
  private func refusal(of constant: ConstantID, _ node: Graph.Node) -> ReadRole? {
    guard reading.constants[constant.index].type.storage != nil else {
      return .declined(
        .unsupportedType, "the weight '\(name(constant))' of the \(title(node)) is \(typeName(constant))")
    }
    guard reading.contents.content(of: constant) != nil else {
      return .declined(.weightNotConstant, "the weight '\(name(constant))' of the \(title(node)) is made by a Cast")
    }
    guard mayChange(whereStored: constant) else {
      return .declined(
        .weightNotConstant,
        "the weight '\(name(constant))' of the \(title(node)) is stored sparsely, and not for it alone")
    }
    guard !isAnnotated(constant) else {
      return .declined(.weightQuantized, "the weight '\(name(constant))' has a quantization annotation")
    }
    return nil
  }

  /// Whether the elements of a constant that are 0 must stay so.
  func isSparse(_ constant: ConstantID) -> Bool {
    if case .sparse = reading.constants[constant.index].origin { true } else { false }
  }

  /// Whether a constant may change where it is stored, or be copied: no copy of a sparse one could be as small.
  private func mayChange(whereStored constant: ConstantID) -> Bool {
    let known = reading.constants[constant.index]
    switch known.origin {
    case .sparse: return reading.source[known.value].useCount == 1
    case .alias(let other):
      if case .sparse = reading.constants[other.index].origin { return false }
      return mayChange(whereStored: other)
    default: return true
    }
  }

  private func isAnnotated(_ constant: ConstantID) -> Bool {
    reading.source[reading.constants[constant.index].value].isQuantized
  }

  /// The node of a type that makes a value; nil where another does.
  private func maker(of value: ValueID?, type: String) -> (OperatorID, Graph.Node)? {
    guard let value, reading.values[value.index].constant == nil, let id = reading.graph[value].producer,
      case let node = reading.nodes[id.index], node.isStandard, node.operatorType == type, !node.hasReferenceAttributes
    else { return nil }
    return (id, node)
  }

  /// A matrix that a Transpose of a constant makes, as exporters write `x · Wᵀ`; nil where there is none.
  private func transposed(_ node: Graph.Node, input index: Int) throws(ModelFileError) -> Weight? {
    guard let value = node.input(index), let (id, transpose) = maker(of: value, type: "Transpose"),
      case .constant(let constant) = try parameter(transpose.input(0), "weight", .weightNotConstant, limit: .max),
      refusal(of: constant, node) == nil
    else { return nil }
    let stored = shape(constant)
    guard transpose.swapsLastAxes(rank: stored.count) else { return nil }
    return .known(
      StoredWeight(
        constant: constant, shape: stored.dropLast(2) + [stored[stored.count - 1], stored[stored.count - 2]],
        isTransposed: true, reader: id,
        isReaderShared: reading.source[value].useCount > 1))
  }
}

// MARK: - Integers

extension OperatorReader {
  /// A weight that a DequantizeLinear makes of constants; nil where there is none.
  private func dequantized(_ node: Graph.Node, input index: Int) throws(ModelFileError) -> Weight? {
    guard let value = node.input(index), let (id, maker) = maker(of: value, type: "DequantizeLinear"),
      let integers = reading.constant(maker.input(0))
    else { return nil }
    func refused(_ text: String) -> Weight {
      .none(.declined(.weightQuantized, "the weight of the \(title(node)), which is quantized, \(text)"))
    }
    guard case .constant(let scale) = try parameter(maker.input(1), "scale", .weightNotConstant),
      reading.constants[scale.index].type.storage != nil, reading.contents.content(of: scale) != nil
    else { return refused("has a scale that is not a stored constant") }
    var zeroPoint: ConstantID?
    if let zero = maker.input(2) {
      guard let constant = reading.constant(zero) else { return refused("has a zero point that is not a constant") }
      zeroPoint = constant
    }
    let parts = [value] + [0, 2].compactMap { maker.input($0) }
    guard !parts.contains(where: { reading.values[$0.index].isOverridable }) else {
      return refused("may be overridden by a caller")
    }
    let type = try maker.integer("output_dtype", default: 0)
    guard type == 0 || type == reading.constants[scale.index].type.rawValue else {
      return refused("is of another type than its scale")
    }
    let whole = shape(integers)
    let block = try maker.integer("block_size", default: 0)
    let stated = try maker.integer("axis", default: 1)
    let axis = stated < 0 ? stated + whole.count : stated
    let isPerTensor = shape(scale).elementCount == 1 && block == 0
    guard whole.indices.contains(axis) || isPerTensor else { return refused("has an axis \(stated) that it lacks") }
    guard isPerTensor || areScales(shape(scale), of: whole, along: axis, block: block) else {
      return refused("has scales of shape \(shape(scale)), which do not fit its shape \(whole)")
    }
    if let zeroPoint, shape(zeroPoint).elementCount != shape(scale).elementCount {
      return refused("has a zero point of shape \(shape(zeroPoint)) and a scale of shape \(shape(scale))")
    }
    if isPerTensor, let zeroPoint, try reading.contents.pattern(of: zeroPoint) == nil {
      return refused("has a zero point that is not one stored element")
    }
    if isPerTensor, maker.version < 13 {
      return refused("has one scale, and before opset 13 there are none per channel")
    }
    return .known(
      StoredWeight(
        constant: scale, shape: whole, reader: id, isReaderShared: reading.source[value].useCount > 1,
        quantization: QuantizedWeight(
          node: id, integers: integers, zeroPoint: zeroPoint, axis: axis, isPerTensor: isPerTensor, blockSize: block)))
  }

  /// Whether scales have one for each place of an axis, or for each block of places.
  private func areScales(_ scales: [Int], of shape: [Int], along axis: Int, block: Int) -> Bool {
    if block == 0 { return scales == [shape[axis]] }
    guard block > 0, scales.count == shape.count else { return false }
    let blocks = shape[axis] / block + (shape[axis] % block == 0 ? 0 : 1)
    return shape.indices.allSatisfy { scales[$0] == ($0 == axis ? blocks : shape[$0]) }
  }

  /// What a value is a whole multiple of; nil where no DequantizeLinear with one scale for all makes it.
  func step(of value: ValueID?) throws(ModelFileError) -> Double? {
    guard let (_, maker) = maker(of: value, type: "DequantizeLinear"), let scale = reading.constant(maker.input(1)),
      shape(scale).elementCount == 1, reading.constants[scale.index].type.storage != nil,
      reading.contents.content(of: scale) != nil
    else { return nil }
    return try reading.contents.storedElements(of: scale).first
  }

  /// The channels of what a fold changes: of the weight itself, or of its scales.
  ///
  /// - Parameters:
  ///   - map: The channels of the weight as the operator reads it.
  ///   - axis: The weight's axis of output channels, all of which it has.
  ///   - make: The channels of a tensor of the weight's rank and another length along other axes.
  /// - Returns: nil where scales serve several channels.
  func quantizedMap(
    _ weight: StoredWeight, _ map: ChannelMap, axis: Int, _ make: ([Int]) -> ChannelMap?
  ) -> ChannelMap? {
    guard let quantization = weight.quantization else { return map }
    if quantization.isPerTensor || quantization.blockSize == 0 {
      guard quantization.isPerTensor || quantization.axis == axis else { return nil }
      return ChannelMap(pre: 1, groups: 1, mid: 1, perGroup: map.channels, post: 1)
    }
    guard quantization.axis != axis, shape(weight.constant).count == weight.shape.count else { return nil }
    return make(shape(weight.constant))
  }
}
