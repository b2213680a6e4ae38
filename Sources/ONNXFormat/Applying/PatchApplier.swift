import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Makes the edits of a patch; the only code that changes a model.
struct PatchApplier {
  let reading: ModelReading
  let patch: ModelPatch

  func apply() throws(ModelFileError) {
    try editNodes()
    for edit in patch.contents { try edit.tensor.replaceContent(edit.content) }
    let (initializers, constantNodes) = try makeTensors()
    try editScopes(initializers: initializers, constantNodes: constantNodes)
  }

  private func view(_ id: OperatorID) -> NodeView { reading.model.view(of: reading.nodes[id.index]) }

  private func editNodes() throws(ModelFileError) {
    for edit in patch.inputs { try view(edit.node).setInput(edit.index, to: edit.name) }
    for (id, dropped) in patch.droppedInputs {
      let inputs = view(id).inputs
      try view(id).setInputs(inputs.indices.filter { !dropped.contains($0) }.map { inputs[$0] })
    }
    for edit in patch.outputs { try view(edit.node).setOutput(edit.index, to: edit.name) }
    for (id, count) in patch.keptOutputs { try view(id).setOutputs(Array(view(id).outputs.prefix(count))) }
    for (id, names) in patch.removedAttributes { try view(id).removeAttributes(names) }
    for edit in patch.floats { try view(edit.node).setAttribute(edit.attribute, to: edit.value) }
    for edit in patch.integers { try view(edit.node).setAttribute(edit.attribute, to: edit.value) }
    for edit in patch.splats {
      let tensor = try reading.document.makeTensor(name: "", type: edit.type, shape: [1], content: edit.content)
      try view(edit.node).setAttribute("value", to: tensor)
    }
  }

  /// Makes the new tensors: initializers where the graph can have more, else Constant nodes.
  private func makeTensors() throws(ModelFileError) -> ([Int: [TensorView]], [OperatorID: [NodeView]]) {
    var initializers: [Int: [TensorView]] = [:]
    var constantNodes: [OperatorID: [NodeView]] = [:]
    for new in patch.newTensors {
      let scope = reading.nodes[new.reader.index].scope
      let isInitializer = reading.canHoldInitializer(new)
      let tensor = try reading.document.makeTensor(
        name: isInitializer ? new.name : "", type: new.type, shape: new.shape, content: new.content)
      if isInitializer {
        initializers[scope, default: []].append(tensor)
      } else {
        let node = try reading.document.makeNode("Constant", name: "", inputs: [], outputs: [new.name])
        try node.setAttribute("value", to: tensor)
        constantNodes[new.reader, default: []].append(node)
      }
    }
    return (initializers, constantNodes)
  }

  private func editScopes(
    initializers: [Int: [TensorView]], constantNodes: [OperatorID: [NodeView]]
  ) throws(ModelFileError) {
    var inserted: [OperatorID: [NodeView]] = [:]
    for new in patch.newNodes {
      let node = try reading.document.makeNode(new.type, name: new.name, inputs: new.inputs, outputs: [new.output])
      if let model = new.attributes { try node.copyAttributes(of: view(model), except: new.integers.map { $0.0 }) }
      for (attribute, value) in new.integers { try node.setAttribute(attribute, to: value) }
      inserted[new.predecessor, default: []].append(node)
    }
    var nodes = Array(repeating: [NodeView](), count: reading.model.origins.count)
    for (index, node) in reading.nodes.enumerated() {
      let id = OperatorID(index)
      nodes[node.scope] += constantNodes[id] ?? []
      if let (input, output) = patch.identities[id] {
        let name = node.name
        nodes[node.scope].append(
          try reading.document.makeNode("Identity", name: name, inputs: [input], outputs: [output]))
      } else if !patch.removedNodes.contains(id) {
        nodes[node.scope].append(view(id))
      }
      nodes[node.scope] += inserted[id] ?? []
    }
    for (index, origin) in reading.model.origins.enumerated() {
      let (newInputs, newOutputs) = (patch.scopeInputs[index] ?? [:], patch.scopeOutputs[index] ?? [:])
      guard case .graph(let graph) = origin else {
        guard case .function(let function) = origin else { continue }
        try function.setNodes(nodes[index])
        for (place, name) in newInputs { try function.setInput(place, to: name) }
        for (place, name) in newOutputs { try function.setOutput(place, to: name) }
        continue
      }
      try graph.setNodes(nodes[index])
      for (place, name) in newOutputs { try graph.setOutput(place, to: name) }
      if let tensors = initializers[index] {
        try graph.addInitializers(tensors, listedAsInputs: reading.document.irVersion < 4)
      }
      try graph.remove(
        initializers: patch.removedInitializers[index] ?? [], values: patch.removedValues[index] ?? [],
        inputs: patch.removedInputs[index] ?? [])
    }
  }
}
