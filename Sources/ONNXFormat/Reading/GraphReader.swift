import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Works out what is known of a model's values before anything runs: shapes, constants, sizes.
struct GraphReader {
  var reading: ModelReading

  /// Of equal shapes one is kept.
  var shapes = ShapeTable()

  /// How many symbols stand for sizes that are not known.
  var symbolCount: Int

  /// The names of the model's functions, behind their domains.
  let functionNames: Set<[Name]>

  private let kept: Set<Name>

  init(_ model: ImportedModel, options: ReadingOptions, buffer: ChunkBuffer) {
    reading = ModelReading(model, options: options, buffer: buffer)
    symbolCount = model.graph.symbols.count
    functionNames = Set(model.graph.scopes.compactMap { scope in scope.function.map { [$0.domain, $0.name] } })
    kept = Set(options.keptValues.map { Name($0) })
  }

  mutating func readModel() throws(ModelFileError) {
    readValues()
    for scope in reading.source.scopes.indices { readInterface(of: scope) }
    for index in reading.nodes.indices { try read(OperatorID(index)) }
    try linkCalls()
    warnOfUnknownKeptValues()
  }

  private mutating func readValues() {
    let values = reading.source.values
    reading.values.reserveCapacity(values.count)
    reading.graph.values.reserveCapacity(values.count)
    reading.constants.reserveCapacity(reading.source.constants.count)
    reading.graph.constants.reserveCapacity(reading.source.constants.count)
    for value in values {
      reading.values.append(ReadValue())
      var node = FoldValue(name: value.name.bytes, scope: value.scope)
      node.producer = value.producer
      if isKept(value.name) { node.pins.insert(.kept) }
      if value.isNamedBeside { node.pins.insert(.captured) }
      reading.graph.values.append(node)
    }
  }

  /// Notes what a scope takes, stores and gives.
  private mutating func readInterface(of scope: Int) {
    let facts = reading.source.scopes[scope]
    if facts.function == nil {
      for input in facts.inputs {
        reading.values[input.value.index].shape = reading.source[input.value].statedShape
        reading.values[input.value.index].inputType = input.type.number.map { DataType(rawValue: $0) }
        nameSizes(of: input.value)
      }
    }
    for index in facts.constants { add(reading.source.constants[index], in: scope) }
    for output in facts.outputs {
      reading.graph.values[output.value.index].pins.insert(
        reading.source[output.value].scope == scope ? .graphOutput : .captured)
    }
  }

  private mutating func add(_ constant: Graph.Constant, in scope: Int) {
    let value = constant.value
    if reading.source[value].isOverridable {
      reading.values[value.index].isOverridable = !reading.options.freezesInitializers
      if reading.options.freezesInitializers {
        let name = reading.name(of: value)
        reading.warnings.append(
          FoldWarning(.frozenInitializer, "initializer '\(name)' is also a graph input and was taken as a constant"))
      }
    }
    if let tensor = constant.tensor as? TensorView {
      add(.initializer(tensor, scope: scope), type: tensor.elementType, shape: tensor.shape, for: value)
    } else if let tensor = constant.tensor as? SparseTensorView {
      add(tensor, for: value)
    }
  }

  private mutating func read(_ id: OperatorID) throws(ModelFileError) {
    let node = reading.nodes[id.index]
    if node.isStandard {
      try readConstant(node, id)
      inheritOverrides(of: node.inputs, by: node.outputs)
    }
    try readShapes(of: node)
    guard node.isStandard else { return }
    try chooseBody(of: node, id)
    try takeShapesOfBodies(of: node, id)
    try noteDerived(by: node)
    if node.operatorType == "BatchNormalization" { try workOut(node) }
  }

  func isKept(_ name: Name) -> Bool { kept.contains(name) }

  private mutating func warnOfUnknownKeptValues() {
    guard !reading.options.keptValues.isEmpty else { return }
    let known = Set(reading.source.values.map(\.name))
    for name in reading.options.keptValues.sorted() where !known.contains(Name(name)) {
      reading.warnings.append(FoldWarning(.nothingMatched, "no value is called '\(name)', which was to be kept"))
    }
  }
}
