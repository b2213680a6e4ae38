import ModelGraph
import ProtobufIO
import Tensors

/// Norms and Dropouts that train are no maps, and are told from those that do not.
extension GraphScope {
  /// What says whether a norm or a Dropout trains.
  private static let marks: Set<Name> = ["is_test", "training_mode"]

  /// What a node reads, makes and states, but for what says whether it trains and is of no use at inference.
  struct Statement {
    var inputs: [Name]
    var outputs: [Name]
    var attributes: [any NodeAttribute]
  }

  /// Whether a node computes otherwise than at inference.
  ///
  /// - Throws: `ModelFileError` where an attribute or a constant cannot be read.
  func trains(_ node: NamedNode) throws -> Bool {
    guard !assumesInference, isMarkable(node) else { return false }
    let isTest = try node.attribute("is_test")?.integer() ?? (opset < 7 ? 0 : 1)
    if try isTest == 0 || node.attribute("training_mode")?.integer() ?? 0 != 0 { return true }
    let inputs = node.inputs
    if node.operatorType == "BatchNormalization" { return node.outputs.dropFirst().contains { !$0.isEmpty } }
    guard opset >= 12, inputs.count > 2, !inputs[2].isEmpty else { return false }
    let isZero = { (name: Name) throws in try self.value(of: name)?.doubles == [0] }
    return try !isZero(inputs[2]) && (inputs[1].isEmpty || !isZero(inputs[1]))
  }

  /// What a node states of the values that it makes.
  func statement(of node: NamedNode) throws -> Statement {
    var result = Statement(inputs: node.inputs, outputs: node.outputs, attributes: node.attributes)
    guard isMarkable(node), try !trains(node) else { return result }
    result.attributes.removeAll { Self.marks.contains($0.name) }
    if node.operatorType == "BatchNormalization" || opset < 7 {
      result.outputs = Array(result.outputs.prefix(1))
    } else {
      result.inputs = Array(result.inputs.prefix(2))
    }
    while result.inputs.last?.isEmpty == true { result.inputs.removeLast() }
    return result
  }

  private func isMarkable(_ node: NamedNode) -> Bool {
    let type = node.operatorType
    return ["BatchNormalization", "Dropout"].contains(type) && node.domain.isOwn && !ownFunctions.contains(Name(type))
  }

  /// The version of ONNX's own operators.
  private var opset: Int { model.graph.scopes[number].version }
}
