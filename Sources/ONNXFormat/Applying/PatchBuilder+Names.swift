import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Which name each value has in the end.
///
/// Where operators went, their inputs and outputs became one value, which keeps the name of the one whose contents it
/// has. A value with other contents than its name stood for gets a new name.
extension PatchBuilder {
  mutating func removeOperators() {
    for id in plan.removed.sorted(by: { $0.index < $1.index }) { remove(id) }
    for value in plan.successors.keys.sorted(by: { $0.index < $1.index }) { forget(value) }
  }

  /// Leaves of operators that hand values on only that.
  mutating func makeIdentities() {
    for (id, output) in plan.handedOn.sorted(by: { $0.key.index < $1.key.index }) {
      guard let value = reading.graph[id].inputs.first else {
        preconditionFailure("what hands a value on must read one")
      }
      identities.insert(id)
      edit(.handOn(id, input: finalName(of: value), output: finalName(of: output)))
      for input in reading.nodes[id.index].inputs.compactMap({ $0 }) where input != value { release(input) }
    }
  }

  mutating func nameChangedValues() {
    for value in plan.changes.keys.sorted(by: { $0.index < $1.index }) where plan.successors[value] == nil {
      let old = reading.name(of: value)
      let new = names.make(old, "_scaled")
      newNames[value] = new
      forget(value)
      guard let map = plan.changes[value]?.map else { continue }
      patch.renamings.append(
        Renaming(
          old: old.description, new: new.description, scale: map.scale, shift: map.shift,
          channelAxis: map.view.axis ?? 0))
    }
  }

  /// Gives new names to what idle nodes make of values that have others now, as they may make something else of them.
  mutating func nameIdleResults() {
    var changedScopes: Set<Int> = []
    for (index, node) in reading.nodes.enumerated() where reading.graph.operators[index].isIdle {
      guard !removedNodes.contains(OperatorID(index)) else { continue }
      let use = node.contentUse
      let readsChange = node.inputs.enumerated().contains { place, value in
        use.includes(place) && value.flatMap(changedName) != nil
      }
      guard readsChange || node.bodyScopes.contains(where: changedScopes.contains) else { continue }
      changedScopes.insert(node.scope)
      for case let value? in node.outputs where !reading.graph.isRead(value) {
        newNames[value] = names.make(reading.name(of: value), "_scaled")
        forget(value)
      }
    }
  }

  /// Lets the nodes that stay read and write values by their names.
  mutating func renameValues() {
    for (index, node) in reading.nodes.enumerated() {
      let id = OperatorID(index)
      guard !removedNodes.contains(id), !identities.contains(id) else { continue }
      if let branches = plan.leftOut[id] {
        let left = node.inputs.indices.filter {
          node.inputs[$0].map { branches.contains(plan.successors[$0] ?? $0) } ?? false
        }
        edit(.removeInputs(id, Set(left)))
      }
      for (place, value) in node.inputs.enumerated() {
        guard let value else { continue }
        let inner = innerInputs[id].flatMap { $0.index == place ? $0.name : nil } ?? earlyName(of: value, at: id)
        if let name = inner ?? changedName(of: value) { edit(.setInput(id, place, name)) }
      }
      for (place, value) in node.outputs.enumerated() {
        guard let value, let name = (place == 0 ? innerOutputs[id] : nil) ?? changedName(of: value),
          name != reading.name(of: value)
        else { continue }
        edit(.setOutput(id, place, name))
        if place == 0 { patch.newOutputNames[id] = name }
      }
    }
  }

  /// Lets bodies and functions hand values out, and functions read what is handed in, by their names.
  mutating func renameHandedOut() {
    for (scope, facts) in reading.source.scopes.enumerated() {
      if facts.function != nil {
        for (place, name) in newNames(of: facts.inputs.map(\.value), in: scope) {
          edit(.renameInput(scope: scope, place, name))
        }
      }
      guard facts.function != nil || !facts.isOutermost else { continue }
      for (place, name) in newNames(of: facts.outputs.map(\.value), in: scope) {
        edit(.renameOutput(scope: scope, place, name))
      }
    }
  }

  /// The new names among some of a scope's own values, with their places.
  private func newNames(of values: [ValueID], in scope: Int) -> [(Int, Name)] {
    values.enumerated().compactMap { place, value in
      guard reading.source[value].scope == scope else { return nil }
      return changedName(of: value).map { (place, $0) }
    }
  }

  /// The name under which a node between an operator and the addition that holds its bias finds what that operator
  /// makes; nil for other nodes.
  private func earlyName(of value: ValueID, at id: OperatorID) -> Name? {
    let fold = heldFolds[plan.successors[value] ?? value]
    return fold.flatMap { $0.linear.index < id.index && id.index < $0.holder.index ? innerOutputs[$0.linear] : nil }
  }

  /// The name under which readers find a value that they found under another; nil where they did not.
  private func changedName(of value: ValueID) -> Name? {
    guard let successor = plan.successors[value] else { return newNames[value] }
    return newNames[successor] ?? reading.name(of: successor)
  }

  /// The name under which readers find a value.
  func finalName(of value: ValueID) -> Name { changedName(of: value) ?? reading.name(of: value) }

  func outputValue(of id: OperatorID) -> ValueID {
    guard let value = reading.nodes[id.index].outputs.first ?? nil else {
      preconditionFailure("a linear operator must have an output")
    }
    return value
  }

  func outputName(of id: OperatorID) -> Name { reading.name(of: outputValue(of: id)) }

  /// The name of what an operator writes whose bias is added behind it.
  mutating func innerName(of fold: Fold) -> Name {
    let value = outputValue(of: fold.linear)
    let old = reading.name(of: value)
    let isTaken = finalName(of: value) == old
    guard fold.scalesWeight || isTaken else { return old }
    let new = names.make(old, "_scaled")
    if !isTaken, fold.arithmetic.input == nil {
      let affine = fold.arithmetic.affine
      patch.renamings.append(
        Renaming(
          old: old.description, new: new.description,
          scale: (0..<affine.channels).map { affine.scale(ofChannel: $0).hi },
          shift: Array(repeating: 0, count: affine.channels), channelAxis: fold.form.channelAxis))
    }
    return new
  }

  /// Removes what the model notes of a value that is no longer there.
  mutating func forget(_ value: ValueID) {
    if forgotten.insert(value).inserted { edit(.forget(value)) }
  }
}
