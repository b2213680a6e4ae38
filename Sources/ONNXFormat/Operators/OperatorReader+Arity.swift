import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import Tensors

extension OperatorReader {
  /// Why a node stays that has more inputs or outputs than its operator, nil for another one.
  func excess(of node: Graph.Node) -> DeclineReason? {
    guard node.domain.isEmpty,
      let excess = OperatorArity.excess(of: node.inputs, node.outputs, node.operatorType, opset: node.version)
    else { return nil }
    return DeclineReason(
      excess.isOfOutputs ? .tooManyOutputs : .tooManyInputs,
      "the \(title(node)) has \(excess.count) \(excess.isOfOutputs ? "outputs" : "inputs"), but its operator at most "
        + "\(excess.limit) at opset \(node.version)")
  }

  /// The role of a node that stays as it is.
  func refused(_ node: Graph.Node, _ reason: DeclineReason) -> ReadRole {
    guard node.operatorType == "BatchNormalization", let input = node.input(0), node.outputs.first ?? nil != nil else {
      return ReadRole(.opaque(reason))
    }
    return unknownNormalization(of: input, reason)
  }
}
