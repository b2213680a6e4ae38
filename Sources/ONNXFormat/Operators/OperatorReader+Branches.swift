import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Operators with several activations, or several outputs.
extension OperatorReader {
  /// A node that alone calls a function.
  func call(_ id: OperatorID) -> ReadRole {
    let pairs =
      reading.handedOut(to: id).map { ($0.inner, $0.outer) } + reading.handedIn(by: id).map { ($0.outer, $0.inner) }
    var role = ReadRole(.passage, inputs: pairs.map(\.0))
    role.outputs = pairs.map(\.1)
    return role
  }

  /// An If of which one body is known to run, opsets 1, 11, 13 and so on.
  func passage(_ node: Graph.Node, from body: Int) -> ReadRole {
    let made = reading.outputs(of: body)
    let inputs = zip(made, node.outputs).compactMap { made, output in output == nil ? nil : made }
    guard made.count == node.outputs.count, inputs.count == node.outputs.count(where: { $0 != nil }) else {
      return ReadRole(.opaque(nil))
    }
    return ReadRole(.passage, inputs: inputs)
  }

  /// Concat, opsets 1 to 13.
  func concatenation(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    if node.inputs.count == 1 { return identity(node) }
    let inputs = node.inputs.compactMap { $0 }
    let shapes = inputs.compactMap { reading.values[$0.index].shape }
    guard let first = shapes.first, shapes.count == node.inputs.count, !node.hasReferenceAttributes,
      let axis = first.axis(try node.integer("axis", default: node.version < 4 ? 1 : 0)),
      shapes.allSatisfy({ $0.rank == first.rank })
    else { return ReadRole(.opaque(unknownShape(node))) }
    return ReadRole(
      .concatenation(Concatenation(axis: axis, counts: known(shapes.map { $0[axis].size }))), inputs: inputs)
  }

  /// Split, opsets 1 to 18.
  func split(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    let outputs = node.outputs.compactMap { $0 }
    guard let input = node.input(0), let shape = reading.values[input.index].shape, !node.hasReferenceAttributes,
      let axis = shape.axis(try node.integer("axis", default: 0)), outputs.count == node.outputs.count
    else { return ReadRole(.opaque(unknownShape(node))) }
    let counts = outputs.map { output in
      reading.values[output.index].shape.flatMap { $0.rank == shape.rank ? $0[axis].size : nil }
    }
    return ReadRole(.split(ChannelSplit(axis: axis, counts: known(counts))), input: input)
  }

  private func known(_ counts: [Int?]) -> [Int]? {
    let known = counts.compactMap { $0 }
    return known.count == counts.count && known.allSatisfy { $0 <= Self.channelLimit } ? known : nil
  }

  /// Add, Sub and Sum of values that are no constants; before opset 7 they broadcast by attributes.
  func sum(_ node: Graph.Node) throws(ModelFileError) -> ReadRole {
    if node.inputs.count == 1 { return identity(node) }
    let inputs = node.inputs.compactMap { $0 }
    let shapes = inputs.compactMap { dimensions($0) }
    let broadcasts = node.version < 7 ? try node.integer("broadcast", default: 0) != 0 : false
    guard inputs.count == node.inputs.count, shapes.count == inputs.count, !inputs.isEmpty,
      !broadcasts
    else { return ReadRole(.opaque(unknownShape(node))) }
    return ReadRole(.sum(BranchSum(shapes: shapes, isDifference: node.operatorType == "Sub")), inputs: inputs)
  }
}
