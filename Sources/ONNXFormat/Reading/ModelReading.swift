package import BatchNormFolding
import ModelGraph
package import ONNXModel
package import ProtobufIO
import Tensors

/// A model read into the core's graph, with what is needed to carry a plan back into it.
package struct ModelReading {
  /// The model as it was read.
  package let model: ImportedModel

  /// The graph that the core plans on.
  package internal(set) var graph = FoldGraph()

  /// Warnings about the model as a whole.
  package internal(set) var warnings: [FoldWarning] = []

  let options: ReadingOptions
  /// Indexed by `ValueID`.
  var values: [ReadValue] = []
  /// Indexed by `ConstantID`.
  var constants: [KnownConstant] = []
  /// The scope of the one body that runs, of each If whose condition is known.
  var takenBodies: [OperatorID: Int] = [:]
  /// The scope of its function, of each node that alone calls one.
  var onlyCalls: [OperatorID: Int] = [:]
  /// Weights that other nodes than their operators read.
  var indirectWeights: [OperatorID: StoredWeight] = [:]
  let computed: ComputedConstants
  private(set) var hasNorms = false
  let buffer: ChunkBuffer

  init(_ model: ImportedModel, options: ReadingOptions, buffer: ChunkBuffer) {
    self.model = model
    computed = ComputedConstants(model.document)
    self.options = options
    self.buffer = buffer
  }

  /// Reads a model.
  ///
  /// - Throws: `malformed` for a graph that the ONNX specification forbids: a name that nothing defines before
  ///   it is read, one that is defined twice, an operator set that is not known.
  /// - Complexity: O(nodes + names).
  package static func read(
    _ document: ONNXDocument, options: ReadingOptions, buffer: ChunkBuffer
  ) throws(ModelFileError) -> ModelReading {
    var reader = GraphReader(try document.imported(), options: options, buffer: buffer)
    try reader.readModel()
    var reading = reader.reading
    reading.hasNorms = reading.nodes.contains { $0.operatorType == "BatchNormalization" }
    let operators = OperatorReader(reading: reading)
    reading.graph.operators.reserveCapacity(reading.nodes.count)
    for index in reading.nodes.indices {
      let id = OperatorID(index)
      let (view, weight) = try operators.read(id)
      reading.graph.operators.append(view)
      if let weight, weight.reader != nil { reading.indirectWeights[id] = weight }
    }
    reading.countReaders()
    for (index, constant) in reading.constants.enumerated() {
      reading.graph.constants[index].isShared = reading.source[constant.value].useCount > 1
    }
    return reading
  }

  package var document: ONNXDocument { model.document }

  /// The graph that was read.
  var source: Graph { model.graph }

  /// Indexed by `OperatorID`.
  var nodes: [Graph.Node] { model.graph.nodes }

  func name(of value: ValueID) -> Name { model.graph.values[value.index].name }

  /// Plans the folds of the model.
  package func plan(_ options: PlanOptions = PlanOptions()) throws -> FoldPlan {
    var options = options
    // What one element fills is known without looking, and does not stream.
    for (index, current) in graph.operators.enumerated() {
      guard let linear = current.linear, linear.weightMap.elementCount > 0, let storage = graph[linear.weight].storage,
        case .repeated(let element, _) = contents.content(of: linear.weight)?.origin
      else { continue }
      options.magnitudes[OperatorID(index)] = ChannelMagnitudes(
        channels: linear.channels, of: storage.value(of: element))
    }
    return try FoldPlanner.plan(graph, constants: contents, options: options)
  }

  /// The scope of the one body of a node that runs, nil where that is not known.
  func takenBody(of id: OperatorID) -> Int? { nodes[id.index].bodies.isEmpty ? nil : takenBodies[id] }

  var contents: ConstantContents {
    ConstantContents(
      constants: constants, indirectWeights: indirectWeights, computed: computed, buffer: buffer)
  }

  /// The number of nodes of all graphs and functions.
  package var nodeCount: Int { nodes.count }

  /// A value's constant, nil where its contents are not known.
  func constant(_ value: ValueID?) -> ConstantID? { value.flatMap { values[$0.index].constant } }
}
