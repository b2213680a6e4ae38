import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Norms and Dropouts that train, where the user said that they are taken as inference.
extension PatchBuilder {
  /// Writes those that stay as inference.
  ///
  /// - Throws: `unsupported` where a statistic of a norm, of those too that fold, or the mask of a Dropout that has none
  ///   at inference is read or is an output.
  mutating func writeInference() throws(ModelFileError) {
    guard reading.options.assumesInference else { return }
    for (index, node) in reading.nodes.enumerated() where node.isStandard {
      let id = OperatorID(index)
      switch node.operatorType {
      case "BatchNormalization":
        guard try TrainingMark(of: node) != nil else { continue }
        try checkUnread(node)
        writeInference(id, node, outputs: 1)
      case "Dropout":
        if try TrainingMark(of: node) != nil {
          // The first operator sets fill the mask in training alone.
          if node.version < 7 { try checkUnread(node) }
          writeInference(id, node, outputs: node.version < 7 ? 1 : node.outputs.count)
        }
        if try reading.trainsByInput(node) { dropTrainingInput(id, node) }
      default: continue
      }
    }
  }

  /// Checks that nothing reads what a node makes besides its first output.
  private func checkUnread(_ node: Graph.Node) throws(ModelFileError) {
    for case let output? in node.outputs.dropFirst() where reading.isNeeded(output) {
      let name = node.name.isEmpty ? node.output(0).map(reading.name) ?? "" : node.name
      throw ModelFileError(
        .unsupported, path: reading.document.path,
        "\(node.operatorType) '\(name)' cannot be written as inference: '\(reading.name(of: output))', which "
          + "it makes in training alone, is read or is an output")
    }
  }

  private mutating func writeInference(_ id: OperatorID, _ node: Graph.Node, outputs: Int) {
    guard stays(id) else { return }
    let isOld = node.version < 7
    edit(.removeAttributes(id, isOld ? ["training_mode"] : TrainingMark.attributes))
    if isOld { edit(.setAttribute(id, "is_test", .integer(1))) }
    guard outputs < node.outputs.count else { return }
    edit(.keepOutputs(id, count: outputs))
    for case let output? in node.outputs.dropFirst(outputs) { forget(output) }
  }

  /// Takes the input from a Dropout that says whether it trains, and the ratio's place where it is left empty.
  private mutating func dropTrainingInput(_ id: OperatorID, _ node: Graph.Node) {
    guard stays(id) else { return }
    edit(.removeInputs(id, node.input(1) == nil ? [1, 2] : [2]))
    if let training = node.input(2) { release(training) }
  }

  private func stays(_ id: OperatorID) -> Bool { !removedNodes.contains(id) && !identities.contains(id) }
}

extension ModelReading {
  /// Whether anything reads a value or hands it out.
  fileprivate func isNeeded(_ value: ValueID) -> Bool {
    source[value].useCount > 0 || !graph[value].pins.isEmpty
  }
}
