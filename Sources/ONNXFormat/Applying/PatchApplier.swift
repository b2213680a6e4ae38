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

  init(_ patch: ModelPatch, to reading: ModelReading) throws(ModelFileError) {
    (self.reading, self.patch) = (reading, patch)
    editor = try DocumentEditor(reading.document)
  }

  func edited() throws(ModelFileError) -> ONNXDocument {
    try editNodes()
    for edit in patch.contents { try editor.tensor(edit.tensor).replaceContent(edit.content) }
    let tensors = try makeTensors()
    var changes = ScopeChanges()
    changes.initializers = tensors.initializers
    changes.nodesBefore = tensors.constantNodes
    try makeNodes(&changes)
    try editScopes(changes)
    return try editor.finished()
  }

  private func view(_ id: OperatorID) -> NodeView { reading.model.view(of: reading.nodes[id.index]) }

  private func node(_ id: OperatorID) throws(ModelFileError) -> EditedNode {
    try editor.node(view(id))
  }

  private func editNodes() throws(ModelFileError) {
    for edit in patch.inputs { try node(edit.node).setInput(edit.index, to: edit.name) }
    for (id, dropped) in patch.droppedInputs {
      let edited = try node(id)
      let inputs = edited.view.inputs
      try edited.setInputs(inputs.indices.filter { !dropped.contains($0) }.map { inputs[$0] })
    }
    for edit in patch.outputs { try node(edit.node).setOutput(edit.index, to: edit.name) }
    for (id, count) in patch.keptOutputs {
      let edited = try node(id)
      try edited.setOutputs(Array(edited.view.outputs.prefix(count)))
    }
    for (id, names) in patch.removedAttributes { try node(id).removeAttributes(names) }
    for edit in patch.floats { try node(edit.node).setAttribute(edit.attribute, to: edit.value) }
    for edit in patch.integers { try node(edit.node).setAttribute(edit.attribute, to: edit.value) }
    for edit in patch.splats {
      let tensor = try editor.makeTensor(name: "", type: edit.type, shape: [1], content: edit.content)
      try node(edit.node).setAttribute("value", to: tensor)
    }
  }

  /// Makes the new tensors: initializers where the graph can have more, else Constant nodes.
  private func makeTensors() throws(ModelFileError) -> (
    initializers: [Int: [TensorView]], constantNodes: [OperatorID: [NodeView]]
  ) {
    var initializers: [Int: [TensorView]] = [:]
    var constantNodes: [OperatorID: [NodeView]] = [:]
    for new in patch.newTensors {
      let scope = reading.nodes[new.reader.index].scope
      let isInitializer = reading.canHoldInitializer(new)
      let tensor = try editor.makeTensor(
        name: isInitializer ? new.name : "", type: new.type, shape: new.shape, content: new.content)
      if isInitializer {
        initializers[scope, default: []].append(tensor)
      } else {
        let node = try editor.makeNode("Constant", name: "", inputs: [], outputs: [new.name])
        try node.setAttribute("value", to: tensor)
        constantNodes[new.reader, default: []].append(node.view)
      }
    }
    return (initializers, constantNodes)
  }
}

// MARK: - Scopes

extension PatchApplier {
  /// What becomes of the graphs and functions.
  private struct ScopeChanges {
    var initializers: [Int: [TensorView]] = [:]
    var nodesBefore: [OperatorID: [NodeView]] = [:]
    var nodesBehind: [OperatorID: [NodeView]] = [:]
    /// What stands in a node's place.
    var replacements: [OperatorID: NodeView] = [:]
  }

  private func makeNodes(_ changes: inout ScopeChanges) throws(ModelFileError) {
    for new in patch.newNodes {
      let made = try editor.makeNode(new.type, name: new.name, inputs: new.inputs, outputs: [new.output])
      if let model = new.attributes { try made.copyAttributes(of: node(model).view, except: new.integers.map { $0.0 }) }
      for (attribute, value) in new.integers { try made.setAttribute(attribute, to: value) }
      changes.nodesBehind[new.predecessor, default: []].append(made.view)
    }
    for (id, (input, output)) in patch.identities {
      let name = reading.nodes[id.index].name
      changes.replacements[id] = try editor.makeNode("Identity", name: name, inputs: [input], outputs: [output]).view
    }
  }

  private func editScopes(_ changes: ScopeChanges) throws(ModelFileError) {
    let nodes = nodes(by: changes)
    for (index, origin) in reading.model.origins.enumerated() {
      let (newInputs, newOutputs) = (patch.scopeInputs[index] ?? [:], patch.scopeOutputs[index] ?? [:])
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
      let initializers = patch.removedInitializers[index] ?? []
      let (values, inputs) = (patch.removedValues[index] ?? [], patch.removedInputs[index] ?? [])
      guard !initializers.isEmpty || !values.isEmpty || !inputs.isEmpty else { continue }
      try editor.graph(graph).remove(initializers: initializers, values: values, inputs: inputs)
    }
  }

  /// The nodes of each scope in which some come or go.
  private func nodes(by changes: ScopeChanges) -> [Int: [NodeView]] {
    var isChanged = Array(repeating: false, count: reading.source.scopes.count)
    for id in patch.removedNodes { isChanged[reading.nodes[id.index].scope] = true }
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
      } else if !patch.removedNodes.contains(id) {
        nodes[node.scope, default: []].append(view(id))
      }
      nodes[node.scope, default: []] += changes.nodesBehind[id] ?? []
    }
    return nodes
  }
}
