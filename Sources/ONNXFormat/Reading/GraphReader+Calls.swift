import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Functions that one node alone calls, which are parts of the graph around that.
extension GraphReader {
  /// Notes which nodes alone call a function, and that what they read is what the function reads.
  ///
  /// - Complexity: O(nodes + calls × functions).
  mutating func linkCalls() throws(ModelFileError) {
    var calls: [Int: [OperatorID]] = [:]
    // What is called like a norm is told to its user as one.
    for (index, node) in reading.nodes.enumerated()
    where !node.isStandard && node.operatorType != "BatchNormalization" {
      if let scope = node.callee { calls[scope, default: []].append(OperatorID(index)) }
    }
    guard !calls.isEmpty else { return }
    let callers = calls.compactMapValues { $0.count == 1 ? $0[0] : nil }
    let recursive = recursiveScopes(callers)
    for (scope, id) in callers where !recursive.contains(scope) {
      reading.onlyCalls[id] = scope
      for (_, inner) in reading.handedIn(by: id) {
        reading.graph.values[inner.index].producer = id
        reading.graph.values[inner.index].isHandedIn = true
      }
    }
    try inferThroughCalls()
  }

  /// Infers shapes once more where functions were in between, whose nodes are read after those that call them.
  private mutating func inferThroughCalls() throws(ModelFileError) {
    guard !reading.onlyCalls.isEmpty else { return }
    var nodes: [Int: [OperatorID]] = [:]
    for (index, node) in reading.nodes.enumerated() {
      nodes[reading.source.outermost(of: node.scope), default: []].append(OperatorID(index))
    }
    // What a function does comes where it is called; what nothing calls is by itself.
    reading.graph.ranks = reading.nodes.indices.map { $0 + reading.nodes.count }
    var rank = 0
    // The nodes that are still to come, the next one last.
    var open = Array((nodes[0] ?? []).reversed())
    var called: Set<OperatorID> = []
    while let id = open.popLast() {
      if !called.contains(id) {
        reading.graph.ranks[id.index] = rank
        rank += 1
      }
      if let scope = reading.onlyCalls[id], called.insert(id).inserted {
        takeShapes(reading.handedIn(by: id).map { ($0.outer, $0.inner) })
        open.append(id)
        open += (nodes[scope] ?? []).reversed()
      } else if called.contains(id) {
        takeShapes(reading.handedOut(to: id).map { ($0.inner, $0.outer) })
      } else {
        try readShapes(of: reading.nodes[id.index], again: true)
        if reading.nodes[id.index].isStandard { try takeShapesOfBodies(of: reading.nodes[id.index], id) }
      }
    }
  }

  private mutating func takeShapes(_ pairs: [(ValueID, ValueID)]) {
    for (from, to) in pairs {
      let known = reading.values[to.index].shape
      reading.values[to.index].shape = reading.values[from.index].shape?.completed(by: known) ?? known
    }
  }

  /// The functions that are called by what they call themselves, which ONNX forbids, and those that these alone call.
  ///
  /// - Complexity: O(functions and the depth of what is nested in them).
  private func recursiveScopes(_ callers: [Int: OperatorID]) -> Set<Int> {
    var isRecursive: [Int: Bool] = [:]
    for scope in callers.keys {
      var path: [Int] = []
      var current = scope
      while isRecursive[current] == nil, let call = callers[current] {
        // Who comes back to a place on the way has met a circle.
        isRecursive[current] = true
        path.append(current)
        current = reading.source.outermost(of: reading.nodes[call.index].scope)
      }
      let ends = isRecursive[current] ?? false
      for scope in path { isRecursive[scope] = ends }
    }
    return Set(isRecursive.filter(\.value).keys)
  }
}

extension ModelReading {
  /// What a node hands into the function that it alone calls, but for constants.
  func handedIn(by id: OperatorID) -> [(outer: ValueID, inner: ValueID)] {
    guard let scope = onlyCalls[id] else { return [] }
    return zip(nodes[id.index].inputs, source.scopes[scope].inputs).compactMap { outer, input in
      guard let outer, values[outer.index].constant == nil else { return nil }
      return (outer, input.value)
    }
  }

  /// What the function hands out to the node.
  func handedOut(to id: OperatorID) -> [(inner: ValueID, outer: ValueID)] {
    guard let scope = onlyCalls[id] else { return [] }
    return zip(nodes[id.index].outputs, source.scopes[scope].outputs).compactMap { outer, output in
      outer.map { (output.value, $0) }
    }
  }
}
