import BatchNormFolding
import ONNXModel
import ProtobufIO

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
    let content = PayloadContent(.bytes(storage.bytes(of: scales.map(\.magnitude))))
    let negative = Set(scales.indices.filter { scales[$0] < 0 }.map { map.channel(ofElement: $0) })
    let value = constant.value
    if weight.isPerTensor {
      let name = names.make(reading.values[value.index].name, "_folded")
      replaceInWeight(1, of: fold.linear, by: name, constant.type, [map.channels], content)
      if reading.indirectWeights[fold.linear]?.isReaderShared != true {
        patch.integers.append((weight.node, "axis", weight.channelAxis))
      }
      try spreadZeroPoint(of: weight, fold.linear, channels: map.channels)
    } else if isExclusive(constant, of: fold.linear), let tensor = ownTensor(of: constant) {
      patch.contents.append((tensor, content))
    } else {
      let name = names.make(reading.values[value.index].name, "_folded")
      replaceInWeight(1, of: fold.linear, by: name, constant.type, constant.shape, content)
    }
    guard !negative.isEmpty, let turned = try contents.negated(weight, in: negative) else { return }
    let integers = reading.constants[weight.integers.index]
    if isExclusive(integers, of: fold.linear), let tensor = ownTensor(of: integers) {
      patch.contents.append((tensor, PayloadContent(.bytes(turned))))
    } else {
      let name = names.make(reading.values[integers.value.index].name, "_folded")
      replaceInWeight(
        0, of: fold.linear, by: name, integers.type, integers.shape, PayloadContent(.bytes(turned)))
    }
  }

  /// Gives each channel the zero point that served all.
  private mutating func spreadZeroPoint(
    of weight: QuantizedWeight, _ linear: OperatorID, channels: Int
  ) throws(ModelFileError) {
    guard let id = weight.zeroPoint, case let constant = reading.constants[id.index],
      let element = try reading.contents.content(of: id)?.elements(of: UInt8.self)
    else { return }
    let name = names.make(reading.values[constant.value.index].name, "_folded")
    replaceInWeight(
      2, of: linear, by: name, constant.type, [channels], PayloadContent(.repeated(element: element, count: channels)))
  }

  /// Writes a bias as the integers and the scales of the DequantizeLinear that makes it.
  ///
  /// - Returns: Whether it is made for this operator alone.
  mutating func writeMultiples(_ multiples: [BiasMultiple], of linear: LinearOperator) -> Bool {
    guard case .constant(let id, _, _) = linear.bias, case let bias = reading.constants[id.index],
      case .dequantized(let integerID, let scaleID, let node) = bias.origin, uses[bias.value.index] == 1
    else { return false }
    let (integers, scale) = (reading.constants[integerID.index], reading.constants[scaleID.index])
    let counts = multiples.flatMap { multiple in
      (0..<4).map { UInt8(truncatingIfNeeded: multiple.count >> ($0 * 8)) }
    }
    let steps = StorageType.float32.bytes(of: multiples.map { Double($0.step) })
    let names = [
      self.names.make(reading.values[integers.value.index].name, "_folded"),
      self.names.make(reading.values[scale.value.index].name, "_folded"),
    ]
    replace(0, of: node, by: names[0], integers.type, integers.shape, PayloadContent(.bytes(counts)))
    replace(1, of: node, by: names[1], scale.type, integers.shape, PayloadContent(.bytes(steps)))
    patch.integers.append((node, "axis", 0))
    newNames[bias.value] = self.names.make(reading.values[bias.value.index].name, "_folded")
    forget(bias.value)
    return true
  }
}
