import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// What the bodies of control flow tell of the shapes that it makes.
extension GraphReader {
  /// Notes which body of an If runs, where its condition is known.
  mutating func chooseBody(of node: Graph.Node, _ id: OperatorID) throws(ModelFileError) {
    guard node.operatorType == "If", let truth = try reading.integers(node.input(0)), truth.count == 1 else { return }
    let wanted: Name = truth[0] == 0 ? "else_branch" : "then_branch"
    guard let body = node.bodies.first(where: { $0.attribute == wanted })?.scope else { return }
    reading.takenBodies[id] = body
    takeConstants(of: body, node)
  }

  /// Gives the outputs of an If the constants that its body hands out.
  private mutating func takeConstants(of body: Int, _ node: Graph.Node) {
    for (output, inner) in zip(node.outputs, reading.source.scopes[body].outputs) {
      guard let output, !reading.values[inner.value.index].isOverridable,
        let constant = reading.constant(inner.value).map({ ($0, reading.constants[$0.index]) })
      else { continue }
      add(.alias(constant.0), type: constant.1.type, shape: constant.1.shape, for: output)
    }
  }

  /// Gives the outputs of a node with subgraphs the shapes that follow from what these make.
  mutating func takeShapesOfBodies(of node: Graph.Node, _ id: OperatorID) throws(ModelFileError) {
    let bodies = reading.takenBody(of: id).map { [$0] } ?? node.bodyScopes
    guard !bodies.isEmpty else { return }
    for (position, output) in node.outputs.enumerated() {
      guard let output, reading.values[output.index].shape == nil else { continue }
      reading.values[output.index].shape =
        switch node.operatorType {
        case "If": branchShape(of: bodies, position)
        case "Loop": loopShape(of: bodies, node, position)
        case "Scan": try scanShape(of: bodies, node, position)
        default: nil
        }
    }
  }

  /// What is known of both branches alike.
  private func branchShape(of bodies: [Int], _ position: Int) -> ValueShape? {
    let shapes = bodies.map { madeShape(of: $0, position) }
    guard let first = shapes.first ?? nil, shapes.allSatisfy({ $0?.rank == first.rank }) else { return nil }
    return ValueShape(
      first.dimensions.indices.map { axis in
        shapes.allSatisfy { $0?[axis] == first[axis] } ? first[axis] : .unknown
      })
  }

  private func loopShape(of bodies: [Int], _ node: Graph.Node, _ position: Int) -> ValueShape? {
    guard let body = bodies.first, let made = madeShape(of: body, position + 1) else { return nil }
    let isState = position < max(0, node.inputs.count - 2)
    return shape(ofRound: made, from: isState ? node.input(position + 2) : nil, isGathered: !isState)
  }

  private func scanShape(of bodies: [Int], _ node: Graph.Node, _ position: Int) throws(ModelFileError) -> ValueShape? {
    // At opset 8 everything has an axis more, and there is an input more.
    guard node.version >= 9, let body = bodies.first, let made = madeShape(of: body, position) else { return nil }
    let isState = position < node.inputs.count - (try node.integer("num_scan_inputs", default: 0))
    return shape(ofRound: made, from: isState ? node.input(position) : nil, isGathered: !isState)
  }

  /// The axes of what goes round, which may never have, or of what is gathered, one more than a round makes.
  ///
  /// - Parameter first: What goes round at first.
  private func shape(ofRound made: ValueShape, from first: ValueID?, isGathered: Bool) -> ValueShape? {
    guard !isGathered else { return ValueShape(rank: made.rank + 1) }
    guard let first, reading.values[first.index].shape?.rank == made.rank else { return nil }
    return ValueShape(rank: made.rank)
  }

  /// The shape of what a subgraph makes.
  private func madeShape(of body: Int, _ position: Int) -> ValueShape? {
    let made = reading.source.scopes[body].outputs
    guard made.indices.contains(position) else { return nil }
    return reading.values[made[position].value.index].shape
  }
}
