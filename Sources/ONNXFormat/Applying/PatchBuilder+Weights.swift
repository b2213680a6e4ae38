import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Weights that a Transpose or a DequantizeLinear makes.
extension PatchBuilder {
  /// Whether an operator's weight may change where it is stored.
  func isExclusive(_ constant: KnownConstant, of linear: OperatorID) -> Bool {
    uses[constant.value.index] == 1 && reading.indirectWeights[linear]?.isReaderShared != true
  }

  /// Scales the elements of a weight that are stored; the others are 0 and stay so.
  mutating func editSparse(
    _ values: TensorView, of fold: Fold, _ index: Int, _ constant: KnownConstant, _ storage: StorageType
  ) {
    guard fold.arithmetic.parallel == nil, let stored = values.content,
      let places = reading.computed.places[fold.form.weight]
    else { preconditionFailure("a sparse weight must have been read, and is only scaled") }
    let transform = storage.makeTransform(plan.folds, index, of: places)
    patch.weights.append(transform)
    edit(.setContents(values, PayloadContent(stored.origin, transform: transform)))
    dropInput(of: constant)
  }

  /// Lets the node that reads an operator's weight, or a copy of it, read a new tensor.
  mutating func replaceInWeight(
    _ input: Int, of linear: OperatorID, by name: Name, _ type: DataType, _ shape: [Int], _ content: PayloadContent
  ) {
    guard let weight = reading.indirectWeights[linear], weight.isReaderShared else {
      let reader = reading.indirectWeights[linear]?.reader ?? linear
      return replace(input, of: reader, by: name, type, shape, content)
    }
    add(name, type, shape, content, reader: weight.reader ?? linear)
    ownInputs[linear, default: [:]][input] = name
  }

  /// Gives what the node makes a new name, as it has other contents now; and makes the copy where one is needed.
  mutating func nameFolded(_ weight: StoredWeight, of linear: OperatorID) {
    guard let reader = weight.reader, case let value = outputValue(of: reader),
      case let node = reading.nodes[reader.index]
    else { return }
    let name = names.make(reading.name(of: value), "_folded")
    guard weight.isReaderShared else {
      newNames[value] = name
      forget(value)
      return
    }
    let own = ownInputs[linear] ?? [:]
    let inputs = node.inputs.indices.map { index in
      own[index] ?? node.inputs[index].map(reading.name) ?? ""
    }
    let isSpread = weight.quantization?.isPerTensor == true
    add(
      GraphEdit.NewNode(
        predecessor: reader, type: Name(node.operatorType),
        name: node.name.isEmpty ? node.name : names.make(node.name, "_folded"), inputs: inputs,
        output: name, integers: isSpread ? [(Name("axis"), weight.quantization?.channelAxis ?? 0)] : [],
        attributes: reader))
    if let input = reading.nodes[linear.index].inputs.firstIndex(of: value) { innerInputs[linear] = (input, name) }
    release(value, madeBy: reader)
  }
}
