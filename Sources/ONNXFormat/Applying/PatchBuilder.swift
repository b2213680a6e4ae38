import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Works out the edits that carry a plan into an ONNX model.
struct PatchBuilder {
  let reading: ModelReading
  let plan: FoldPlan
  var patch: ModelPatch
  var names: NameMaker

  /// The nodes that go, and those that are left only to hand a value on.
  private(set) var removedNodes: Set<OperatorID> = []
  var identities: Set<OperatorID> = []
  var forgotten: Set<ValueID> = []

  /// The values that others have become one with.
  private(set) lazy var live = Set(plan.successors.values)

  /// New inputs of the nodes that make operators' weights, where those need nodes of their own.
  var ownInputs: [OperatorID: [Int: Name]] = [:]

  /// New names of values whose contents are others.
  var newNames: [ValueID: Name] = [:]

  /// What an operator writes whose bias is added behind it, and which input of the addition reads that.
  private(set) var innerOutputs: [OperatorID: Name] = [:]
  var innerInputs: [OperatorID: (index: Int, name: Name)] = [:]

  /// The operators whose biases additions hold, with those, by the value that both make.
  private(set) var heldFolds: [ValueID: (linear: OperatorID, holder: OperatorID)] = [:]

  /// How many uses of each value are left.
  private(set) var uses: [Int]
  private var clones: [ValueID: [Int]] = [:]

  static func patch(for plan: FoldPlan, in reading: ModelReading) throws(ModelFileError) -> ModelPatch {
    var builder = PatchBuilder(reading: reading, plan: plan)
    builder.removeOperators()
    builder.nameChangedValues()
    builder.nameIdleResults()
    for index in plan.folds.indices { try builder.add(plan.folds[index], index) }
    builder.makeIdentities()
    builder.renameValues()
    builder.renameHandedOut()
    try builder.writeInference()
    builder.storeWorkedOut()
    builder.warnOfClones()
    return builder.patch
  }

  private init(reading: ModelReading, plan: FoldPlan) {
    self.reading = reading
    patch = ModelPatch(graph: reading.source)
    self.plan = plan
    names = NameMaker(reading)
    uses = reading.source.values.map(\.useCount)
    // What read a value that went reads the one in its place.
    for (value, successor) in plan.successors { uses[successor.index] += uses[value.index] }
  }

  private mutating func add(_ fold: Fold, _ index: Int) throws(ModelFileError) {
    if fold.scalesWeight {
      let weight = reading.indirectWeights[fold.linear]
      if let quantization = weight?.quantization {
        try editScales(of: fold, quantization)
      } else {
        editWeight(of: fold, index)
      }
      if let weight { nameFolded(weight, of: fold.linear) }
    }
    if fold.arithmetic.weightFactor != 1 { edit(.setAttribute(fold.linear, "alpha", .float(1))) }
    writeBias(of: fold, index)
  }

  mutating func edit(_ edit: GraphEdit) { patch.edits.append(edit) }

  mutating func add(_ node: GraphEdit.NewNode) { edit(.addNode(node)) }

  mutating func add(
    _ name: Name, _ type: DataType, _ shape: [Int], _ content: PayloadContent, reader: OperatorID,
    needsNode: Bool = false
  ) {
    edit(
      .addTensor(
        GraphEdit.NewTensor(
          name: name, type: element(type), shape: shape, content: content, reader: reader, needsNode: needsNode)))
  }

  private func element(_ type: DataType) -> ElementType {
    guard let element = type.element else { preconditionFailure("what a fold stores must be of a known type") }
    return element
  }

  /// The content of numbers that a type holds exactly.
  func encoded(_ numbers: [Double], _ storage: StorageType) -> PayloadContent {
    PayloadContent(.bytes(reading.options.encoder.numbers(numbers, storage)))
  }

  /// The content of integers of some bits each.
  func encoded(_ integers: [Int], bitWidth: Int) -> PayloadContent {
    PayloadContent(.bytes(reading.options.encoder.integers(integers, bitWidth)))
  }

  // MARK: - Weight

  private mutating func editWeight(of fold: Fold, _ index: Int) {
    let linear = fold.form
    let constant = reading.constants[linear.weight.index]
    guard let storage = constant.type.storage, let content = reading.contents.content(of: linear.weight) else {
      preconditionFailure("a weight must have contents")
    }
    let isExclusive = isExclusive(constant, of: fold.linear)
    if isExclusive, case .repeated(let element, let node) = constant.origin,
      let value = uniform(element, storage, fold)
    {
      edit(.setAttribute(node, "value", .tensor(self.element(constant.type), shape: [1], encoded([value], storage))))
      return
    }
    if isExclusive, case .sparse(let tensor) = constant.origin, let values = tensor.values {
      return editSparse(values, of: fold, index, constant, storage)
    }
    let transform = storage.makeTransform(plan.folds, index)
    patch.weights.append(transform)
    let scaled = PayloadContent(content.origin, transform: transform)
    if isExclusive, let tensor = ownTensor(of: constant) {
      edit(.setContents(tensor, scaled))
      dropInput(of: constant)
      return
    }
    let reader = reading.indirectWeights[fold.linear]?.reader ?? fold.linear
    guard let input = reading.nodes[reader.index].inputs.prefix(2).lastIndex(of: constant.value) else {
      preconditionFailure("a linear operator must read its weight")
    }
    clones[constant.value, default: []].append(index)
    let name = names.make(reading.name(of: constant.value), "_folded")
    replaceInWeight(input, of: fold.linear, by: name, constant.type, constant.shape, scaled)
  }

  /// The one element that a weight of equal elements becomes, nil if the channels would differ.
  private func uniform(_ element: [UInt8], _ storage: StorageType, _ fold: Fold) -> Double? {
    guard fold.arithmetic.input == nil, fold.arithmetic.parallel == nil else { return nil }
    let folded = fold.arithmetic.splat(storage.value(of: element))
    guard let first = folded.first, folded.allSatisfy({ $0 == first }) else { return nil }
    return first
  }

  // MARK: - Bias

  private mutating func writeBias(of fold: Fold, _ index: Int) {
    guard let bias = fold.bias else { return }
    if bias.holder != .linear {
      patch.biasedOutputNames[fold.linear] = finalName(of: outputValue(of: fold.linear))
    }
    switch bias.holder {
    case .linear: writeOwnBias(bias, of: fold, index)
    case .addition(let addition):
      let inner = innerName(of: fold)
      innerOutputs[fold.linear] = inner
      let value = outputValue(of: fold.linear)
      heldFolds[plan.successors[value] ?? value] = (fold.linear, addition)
      writeAddedBias(bias, to: addition, of: fold, index, reading: inner)
    case .inserted:
      let output = finalName(of: outputValue(of: fold.linear))
      let inner = innerName(of: fold)
      innerOutputs[fold.linear] = inner
      let name = names.make(outputName(of: fold.linear), "_bias")
      let shape = columnShape(bias, fold.form, legacy: isLegacy(fold.linear))
      let storage = fold.arithmetic.storage
      add(name, DataType(storage), shape, encoded(bias.values, storage), reader: fold.linear)
      let node = reading.nodes[fold.linear.index].name
      let integers = isLegacy(fold.linear) ? [(Name("broadcast"), 1), (Name("axis"), fold.form.channelAxis)] : []
      add(
        GraphEdit.NewNode(
          predecessor: fold.linear, type: "Add", name: node.isEmpty ? node : names.make(node, "_bias"),
          inputs: [inner, name], output: output, integers: integers))
    }
  }

  /// Writes the bias that is the operator's third input.
  private mutating func writeOwnBias(_ bias: Fold.Bias, of fold: Fold, _ index: Int) {
    let linear = fold.form
    if let beta = reading.nodes[fold.linear.index].attribute("beta"), (try? beta.float()) != 1 {
      edit(.setAttribute(fold.linear, "beta", .float(1)))
    }
    let content = encoded(bias.values, fold.arithmetic.storage)
    if case .constant(let id, _, _) = linear.bias {
      let constant = reading.constants[id.index]
      if writeMultiples(
        bias, in: constant, readBy: (fold.linear, 2), shape(of: bias, as: constant.shape, linear.channels), index)
      {
        return
      }
      if uses[constant.value.index] == 1, let tensor = ownTensor(of: constant),
        constant.shape.reduce(1, *) == bias.values.count
      {
        edit(.setContents(tensor, content))
        dropInput(of: constant)
        return
      }
    }
    let shape = shape(of: bias, linear.channels)
    let node = reading.nodes[fold.linear.index]
    let base = node.input(2).map { reading.name(of: $0) }
    let name = base.map { names.make($0, "_folded") } ?? names.make(outputName(of: fold.linear), "_bias")
    replace(2, of: fold.linear, by: name, DataType(fold.arithmetic.storage), shape, content)
    if node.operatorType == "Gemm", node.version < 7, bias.rows == 1 {
      edit(.setAttribute(fold.linear, "broadcast", .integer(1)))
    }
  }

  /// The shape of an operator's own bias.
  ///
  /// - Parameter old: Another one, which it keeps where that has as many elements along an axis of the channels.
  private func shape(of bias: Fold.Bias, as old: [Int] = [], _ channels: Int) -> [Int] {
    if old.reduce(1, *) == bias.values.count, old.contains(channels) { return old }
    return bias.rows == 1 ? [channels] : [bias.rows, channels]
  }

  /// Writes the bias that an addition behind the operator adds.
  private mutating func writeAddedBias(
    _ bias: Fold.Bias, to addition: OperatorID, of fold: Fold, _ index: Int, reading inner: Name
  ) {
    guard let role = reading.graph[addition].affine else {
      preconditionFailure("a bias holder must be an addition")
    }
    let node = reading.nodes[addition.index]
    let constant = reading.constants[role.constant.index]
    let constantInput = node.input(0) == constant.value ? 0 : 1
    innerInputs[addition] = (1 - constantInput, inner)
    let legacy = node.version < 7
    let shape = columnShape(bias, fold.form, legacy: legacy)
    if writeMultiples(bias, in: constant, readBy: (addition, constantInput), shape, index) { return }
    let content = encoded(bias.values, fold.arithmetic.storage)
    if uses[constant.value.index] == 1, let tensor = ownTensor(of: constant), let view = role.view,
      view.count == bias.values.count, view.axis == nil || view.axis == fold.form.channelAxis
    {
      edit(.setContents(tensor, content))
      dropInput(of: constant)
      return
    }
    let name = names.make(reading.name(of: constant.value), "_folded")
    replace(constantInput, of: addition, by: name, constant.type, shape, content)
    if legacy {
      edit(.setAttribute(addition, "broadcast", .integer(1)))
      edit(.setAttribute(addition, "axis", .integer(fold.form.channelAxis)))
    }
  }

  /// A shape that adds one number to each channel: ones behind the channel axis, which old opsets name instead.
  private func columnShape(_ bias: Fold.Bias, _ linear: LinearOperator, legacy: Bool) -> [Int] {
    let behind = legacy ? 0 : linear.outputRank - 1 - linear.channelAxis
    return [linear.channels] + Array(repeating: 1, count: behind)
  }

  private func isLegacy(_ id: OperatorID) -> Bool { reading.nodes[id.index].version < 7 }

  // MARK: - What is left over

  /// Lets a node read a new tensor instead of what it read.
  mutating func replace(
    _ input: Int, of node: OperatorID, by name: Name, _ type: DataType, _ shape: [Int], _ content: PayloadContent
  ) {
    add(name, type, shape, content, reader: node)
    edit(.setInput(node, input, name))
    if let old = reading.nodes[node.index].input(input) { release(old) }
  }

  /// Stores what norms made of constants, where it is still read.
  private mutating func storeWorkedOut() {
    for id in plan.workedOut {
      let value = outputValue(of: id)
      let pins = reading.graph[value].pins
      guard uses[value.index] > 0 || pins.contains(.kept) else { continue }
      guard let constant = reading.constant(value), let content = reading.contents.content(of: constant) else {
        preconditionFailure("what a norm makes of a constant must be known")
      }
      let facts = reading.constants[constant.index]
      add(
        reading.name(of: value), facts.type, facts.shape, content, reader: id,
        needsNode: pins.contains(.graphOutput))
      patch.storedNorms.insert(id)
    }
  }

  /// Removes a node and whatever only it needed.
  mutating func remove(_ id: OperatorID) {
    for input in takeAway(id) { release(input) }
  }

  /// Removes a node alone.
  ///
  /// - Returns: What it read, none where it has gone before.
  private mutating func takeAway(_ id: OperatorID) -> [ValueID] {
    guard removedNodes.insert(id).inserted else { return [] }
    edit(.removeNode(id))
    let node = reading.nodes[id.index]
    for case let output? in node.outputs where !live.contains(output) { forget(output) }
    return node.inputs.compactMap { $0 }
  }

  /// Takes one use from a value that a node makes, and the node away that nothing needs any more.
  mutating func release(_ value: ValueID, madeBy id: OperatorID) {
    uses[value.index] -= 1
    if uses[value.index] == 0 { remove(id) }
  }

  /// Takes one use from a value; one that follows from constants goes where nothing needs it any more, and so on.
  mutating func release(_ read: ValueID) {
    var open = [read]
    while let next = open.popLast() {
      let value = plan.successors[next] ?? next
      uses[value.index] -= 1
      let facts = reading.values[value.index]
      guard uses[value.index] == 0, facts.constant != nil || facts.isDerived,
        !reading.graph[value].pins.contains(.kept)
      else { continue }
      if let producer = reading.graph[value].producer {
        // Another part of what it makes may be needed.
        let made = reading.nodes[producer.index].outputs.compactMap { $0 }
        let isNeeded = made.contains { uses[$0.index] > 0 || reading.graph[$0].pins.contains(.kept) }
        if !isNeeded { open += takeAway(producer) }
      } else {
        edit(.removeConstant(value))
      }
    }
  }

  /// The tensor that holds a constant itself, nil where it is made from something else.
  func ownTensor(of constant: KnownConstant) -> TensorView? {
    switch constant.origin {
    case .initializer(let tensor, _), .node(let tensor, _): tensor
    default: nil
    }
  }

  /// A graph input that offered to override a tensor whose meaning has changed goes.
  mutating func dropInput(of constant: KnownConstant) {
    switch constant.origin {
    case .initializer, .sparse:
      guard reading.source[constant.value].isOverridable else { return }
      edit(.removeInput(constant.value))
    default: return
    }
  }

  private mutating func warnOfClones() {
    for (value, folds) in clones.sorted(by: { $0.key.index < $1.key.index }) {
      guard let constant = reading.constant(value), let width = reading.constants[constant.index].type.bitWidth else {
        continue
      }
      let bytes = reading.constants[constant.index].shape.reduce(1, *) * width / 8
      let added = bytes * (folds.count - (uses[value.index] == 0 ? 1 : 0))
      guard added > 0 else { continue }
      let warning = FoldWarning(
        .weightDuplicated,
        "the weight '\(reading.name(of: value))' is read elsewhere too; \(folds.count) copies add \(added) bytes")
      for fold in folds { patch.warnings[fold, default: []].append(warning) }
    }
  }
}
