import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Makes the document that the edits of a patch ask for; the only code that edits a model.
struct PatchApplier {
  private let reading: ModelReading
  private let patch: ModelPatch
  private let editor: DocumentEditor
  private var changes = ScopeChanges()

  init(_ patch: ModelPatch, to reading: ModelReading) throws(ModelFileError) {
    (self.reading, self.patch) = (reading, patch)
    editor = try DocumentEditor(reading.document)
  }

  mutating func edited() throws(ModelFileError) -> ONNXDocument {
    for edit in patch.edits { try editNode(edit) }
    // What is taken away is counted by what was read.
    for edit in patch.edits { try takeAway(edit) }
    for edit in patch.edits { try noteChange(edit) }
    try editScopes()
    return try editor.finished()
  }

  private func view(_ id: OperatorID) -> NodeView { reading.model.view(of: reading.nodes[id.index]) }

  private func node(_ id: OperatorID) throws(ModelFileError) -> EditedNode { try editor.node(view(id)) }

  private func editNode(_ edit: GraphEdit) throws(ModelFileError) {
    switch edit {
    case .setInput(let id, let place, let name): try node(id).setInput(place, to: name)
    case .setOutput(let id, let place, let name): try node(id).setOutput(place, to: name)
    case .removeAttributes(let id, let names): try node(id).removeAttributes(names)
    case .setAttribute(let id, let name, .float(let number)): try node(id).setAttribute(name, to: number)
    case .setAttribute(let id, let name, .integer(let number)): try node(id).setAttribute(name, to: number)
    case .setAttribute(let id, let name, .tensor(let type, let shape, let content)):
      try node(id).setAttribute(
        name, to: editor.makeTensor(name: "", type: DataType(type), shape: shape, content: content))
    case .setContents(let tensor, let content):
      guard let tensor = tensor as? TensorView else { preconditionFailure("a tensor of the model must be edited") }
      try editor.tensor(tensor).replaceContent(content)
    default: return
    }
  }

  private func takeAway(_ edit: GraphEdit) throws(ModelFileError) {
    switch edit {
    case .removeInputs(let id, let places):
      let edited = try node(id)
      let inputs = edited.view.inputs
      try edited.setInputs(inputs.indices.filter { !places.contains($0) }.map { inputs[$0] })
    case .keepOutputs(let id, let count):
      let edited = try node(id)
      try edited.setOutputs(Array(edited.view.outputs.prefix(count)))
    default: return
    }
  }
}

// MARK: - Scopes

extension PatchApplier {
  /// What becomes of the graphs and functions.
  private struct ScopeChanges {
    var removedNodes: Set<OperatorID> = []
    var nodesBefore: [OperatorID: [NodeView]] = [:]
    var nodesBehind: [OperatorID: [NodeView]] = [:]
    /// What stands in a node's place.
    var replacements: [OperatorID: NodeView] = [:]

    /// By scope.
    var initializers: [Int: [TensorView]] = [:]
    var inputNames: [Int: [(Int, Name)]] = [:]
    var outputNames: [Int: [(Int, Name)]] = [:]
    var removedInitializers: [Int: Set<Name>] = [:]
    var removedValues: [Int: Set<Name>] = [:]
    var removedInputs: [Int: Set<Name>] = [:]
  }

  private mutating func noteChange(_ edit: GraphEdit) throws(ModelFileError) {
    func place(_ value: ValueID) -> (scope: Int, name: Name) {
      (reading.source[value].scope, reading.source[value].name)
    }
    switch edit {
    case .removeNode(let id): changes.removedNodes.insert(id)
    case .handOn(let id, let input, let output):
      changes.replacements[id] = try editor.makeNode(
        "Identity", name: reading.nodes[id.index].name, inputs: [input], outputs: [output]
      ).view
    case .addTensor(let new): try add(new)
    case .addNode(let new): try add(new)
    case .renameInput(let scope, let index, let name): changes.inputNames[scope, default: []].append((index, name))
    case .renameOutput(let scope, let index, let name): changes.outputNames[scope, default: []].append((index, name))
    case .removeConstant(let value):
      changes.removedInitializers[place(value).scope, default: []].insert(place(value).name)
    case .forget(let value): changes.removedValues[place(value).scope, default: []].insert(place(value).name)
    case .removeInput(let value): changes.removedInputs[place(value).scope, default: []].insert(place(value).name)
    default: return
    }
  }

  /// Makes a tensor an initializer where the graph can have more, else what a Constant node makes.
  private mutating func add(_ new: GraphEdit.NewTensor) throws(ModelFileError) {
    let isInitializer = reading.canHoldInitializer(new)
    let tensor = try editor.makeTensor(
      name: isInitializer ? new.name : "", type: DataType(new.type), shape: new.shape, content: new.content)
    guard !isInitializer else {
      return changes.initializers[reading.nodes[new.reader.index].scope, default: []].append(tensor)
    }
    let node = try editor.makeNode("Constant", name: "", inputs: [], outputs: [new.name])
    try node.setAttribute("value", to: tensor)
    changes.nodesBefore[new.reader, default: []].append(node.view)
  }

  private mutating func add(_ new: GraphEdit.NewNode) throws(ModelFileError) {
    let made = try editor.makeNode(new.type, name: new.name, inputs: new.inputs, outputs: [new.output])
    if let model = new.attributes { try made.copyAttributes(of: node(model).view, except: new.integers.map { $0.0 }) }
    for (attribute, value) in new.integers { try made.setAttribute(attribute, to: value) }
    changes.nodesBehind[new.predecessor, default: []].append(made.view)
  }

  private func editScopes() throws(ModelFileError) {
    let nodes = nodesOfChangedScopes
    for (index, origin) in reading.model.origins.enumerated() {
      let (newInputs, newOutputs) = (changes.inputNames[index] ?? [], changes.outputNames[index] ?? [])
      guard case .graph(let graph) = origin else {
        guard case .function(let function) = origin else { continue }
        if let nodes = nodes[index] { try editor.function(function).setNodes(nodes) }
        for (place, name) in newInputs { try editor.function(function).setInput(place, to: name) }
        for (place, name) in newOutputs { try editor.function(function).setOutput(place, to: name) }
        continue
      }
      if let nodes = nodes[index] { try editor.graph(graph).setNodes(nodes) }
      for (place, name) in newOutputs { try editor.graph(graph).setOutput(place, to: name) }
      if let tensors = changes.initializers[index] {
        try editor.graph(graph).addInitializers(tensors, listedAsInputs: reading.document.irVersion < 4)
      }
      let initializers = changes.removedInitializers[index] ?? []
      let (values, inputs) = (changes.removedValues[index] ?? [], changes.removedInputs[index] ?? [])
      guard !initializers.isEmpty || !values.isEmpty || !inputs.isEmpty else { continue }
      try editor.graph(graph).remove(initializers: initializers, values: values, inputs: inputs)
    }
  }

  /// The nodes of each scope in which some come or go.
  private var nodesOfChangedScopes: [Int: [NodeView]] {
    var isChanged = Array(repeating: false, count: reading.source.scopes.count)
    for id in changes.removedNodes { isChanged[reading.nodes[id.index].scope] = true }
    for ids in [changes.nodesBefore, changes.nodesBehind].map(\.keys) {
      for id in ids { isChanged[reading.nodes[id.index].scope] = true }
    }
    for id in changes.replacements.keys { isChanged[reading.nodes[id.index].scope] = true }
    var nodes: [Int: [NodeView]] = [:]
    for (index, node) in reading.nodes.enumerated() where isChanged[node.scope] {
      let id = OperatorID(index)
      nodes[node.scope, default: []] += changes.nodesBefore[id] ?? []
      if let replacement = changes.replacements[id] {
        nodes[node.scope, default: []].append(replacement)
      } else if !changes.removedNodes.contains(id) {
        nodes[node.scope, default: []].append(view(id))
      }
      nodes[node.scope, default: []] += changes.nodesBehind[id] ?? []
    }
    return nodes
  }
}
