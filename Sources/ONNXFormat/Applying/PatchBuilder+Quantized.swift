import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Folds into the scales of integers.
extension PatchBuilder {
  /// Writes the scales that a fold makes, one for each channel, and turns the integers of those that are negative.
  mutating func editScales(of fold: Fold, _ weight: QuantizedWeight) throws(ModelFileError) {
    let constant = reading.constants[fold.form.weight.index]
    let storage = fold.arithmetic.storage
    let contents = reading.contents
    let stored = try contents.storedElements(of: fold.form.weight)
    let map = fold.form.weightMap
    let scales = (0..<map.elementCount).map { index in
      fold.arithmetic.weight(stored.count == 1 ? stored[0] : stored[index], channel: map.channel(ofElement: index))
    }
    let content = encoded(scales.map(\.magnitude), storage)
    let negative = Set(scales.indices.filter { scales[$0] < 0 }.map { map.channel(ofElement: $0) })
    let value = constant.value
    if weight.isPerTensor {
      let name = names.make(reading.name(of: value), "_folded")
      replaceInWeight(1, of: fold.linear, by: name, constant.type, [map.channels], content)
      if reading.indirectWeights[fold.linear]?.isReaderShared != true {
        edit(.setAttribute(weight.node, "axis", .integer(weight.channelAxis)))
      }
      try spreadZeroPoint(of: weight, fold.linear, channels: map.channels)
    } else if isExclusive(constant, of: fold.linear), let tensor = ownTensor(of: constant) {
      edit(.setContents(tensor, content))
    } else {
      let name = names.make(reading.name(of: value), "_folded")
      replaceInWeight(1, of: fold.linear, by: name, constant.type, constant.shape, content)
    }
    guard !negative.isEmpty, let turned = try contents.negated(weight, in: negative) else { return }
    let integers = reading.constants[weight.integers.index]
    if isExclusive(integers, of: fold.linear), let tensor = ownTensor(of: integers) {
      edit(.setContents(tensor, PayloadContent(.bytes(turned))))
    } else {
      let name = names.make(reading.name(of: integers.value), "_folded")
      replaceInWeight(
        0, of: fold.linear, by: name, integers.type, integers.shape, PayloadContent(.bytes(turned)))
    }
  }

  /// Gives each channel the zero point that served all.
  private mutating func spreadZeroPoint(
    of weight: QuantizedWeight, _ linear: OperatorID, channels: Int
  ) throws(ModelFileError) {
    guard let id = weight.zeroPoint, case let constant = reading.constants[id.index],
      let zero = try reading.contents.pattern(of: id)
    else { return }
    let name = names.make(reading.name(of: constant.value), "_folded")
    let content = encoded(Array(repeating: zero.bits, count: channels), bitWidth: zero.bitWidth)
    replaceInWeight(2, of: linear, by: name, constant.type, [channels], content)
  }

  // MARK: - Bias

  /// Writes a bias as integers and scales, where a DequantizeLinear made it of such.
  ///
  /// - Parameters:
  ///   - constant: What it was.
  ///   - reader: The node that adds it, and as which input.
  ///   - shape: Its shape, with an axis of the channels.
  ///   - index: The number of the fold.
  /// - Returns: Whether it could; a warning says so where it could not.
  mutating func writeMultiples(
    _ bias: Fold.Bias, in constant: KnownConstant, readBy reader: (node: OperatorID, input: Int), _ shape: [Int],
    _ index: Int
  ) -> Bool {
    var origin = constant.origin
    if case .alias(let other) = origin { origin = reading.constants[other.index].origin }
    guard case .dequantized(let integerID, let scaleID, let maker) = origin else { return false }
    guard let multiples = bias.multiples, let storage = constant.type.storage,
      let axis = shape.lastIndex(of: multiples.count / bias.rows)
    else {
      warnOfWidening(constant, madeBy: maker, index)
      return false
    }
    let (integers, scale) = (reading.constants[integerID.index], reading.constants[scaleID.index])
    let tensors: [(name: Name, type: DataType, shape: [Int], content: PayloadContent)] = [
      (name(after: integers.value), .int32, shape, encoded(multiples.map { Int($0.count) }, bitWidth: 32)),
      (
        name(after: scale.value), scale.type, [shape[axis]],
        encoded(multiples.prefix(shape[axis]).map(\.step), storage)
      ),
    ]
    let result = name(after: constant.value)
    if reading.source[constant.value].useCount == 1 {
      for (input, tensor) in tensors.enumerated() {
        replace(input, of: maker, by: tensor.name, tensor.type, tensor.shape, tensor.content)
      }
      edit(.setAttribute(maker, "axis", .integer(axis)))
      dropZeroPoint(of: maker, unless: [shape[axis]])
      newNames[constant.value] = result
      forget(constant.value)
      return true
    }
    for tensor in tensors {
      add(tensor.name, tensor.type, tensor.shape, tensor.content, reader: maker)
    }
    let node = reading.nodes[maker.index]
    add(
      GraphEdit.NewNode(
        predecessor: maker, type: Name("DequantizeLinear"),
        name: node.name.isEmpty ? node.name : names.make(node.name, "_folded"), inputs: tensors.map(\.name),
        output: result, integers: [("axis", axis)], attributes: maker))
    edit(.setInput(reader.node, reader.input, result))
    release(constant.value)
    return true
  }

  private mutating func name(after value: ValueID) -> Name {
    names.make(reading.name(of: value), "_folded")
  }

  /// Takes away a zero point of 0 that has another shape than the scales, as which it need not be stated.
  private mutating func dropZeroPoint(of maker: OperatorID, unless shape: [Int]) {
    guard let zero = reading.nodes[maker.index].input(2), let constant = reading.constant(zero),
      reading.constants[constant.index].shape != shape
    else { return }
    edit(.removeInputs(maker, [2]))
    release(zero)
  }

  private mutating func warnOfWidening(_ bias: KnownConstant, madeBy maker: OperatorID, _ index: Int) {
    let reason =
      if reading.nodes[maker.index].version < 13 {
        "before opset 13 there is one scale for all channels"
      } else if case .alias = bias.origin {
        "a node stands between its scales and its reader"
      } else {
        "its integers or its scales would be past the range of their types"
      }
    patch.warnings[index, default: []].append(
      FoldWarning(
        .biasWidened,
        "the bias '\(reading.name(of: bias.value))' of integers becomes floating point: \(reason)"))
  }
}
