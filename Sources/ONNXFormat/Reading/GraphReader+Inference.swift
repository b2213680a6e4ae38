import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Shapes while a model is read: what it states, and what follows.
extension GraphReader {
  /// Notes the shapes of a node's outputs, and the integers in the first.
  ///
  /// - Parameter again: Whether more may be known of what it reads than when it was read first.
  mutating func readShapes(of node: Graph.Node, again: Bool = false) throws(ModelFileError) {
    if node.isStandard, node.operatorType == "Shape", let input = node.input(0) { nameSizes(of: input) }
    for (position, value) in node.outputs.enumerated() {
      guard let value else { continue }
      let former = reading.values[value.index].shape
      guard former == nil || again && reading.values[value.index].constant == nil else { continue }
      let declared = former ?? reading.source[value].statedShape
      let inferred =
        node.isStandard
        ? try reading.inferredShape(of: node, output: position) : position == 0 ? foreignShape(of: node) : nil
      let shape = inferred?.completed(by: declared) ?? declared
      reading.values[value.index].shape = shape
      guard position == 0, node.isStandard else { continue }
      reading.values[value.index].integers = try reading.inferredIntegers(of: node, shape: shape)
    }
  }

  /// Activations and norms of onnxruntime's own domain, whose output has the shape of their first input.
  ///
  /// Source: onnxruntime's list of contributed operators.
  private static let contributed: Set<String> = [
    "BiasGelu", "FastGelu", "Gelu", "QuickGelu", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization",
  ]

  /// The shape of what an operator of another domain makes, which the model does not define itself.
  private func foreignShape(of node: Graph.Node) -> ValueShape? {
    guard node.domain == "com.microsoft", Self.contributed.contains(node.operatorType),
      !functionNames.contains([node.domain, Name(node.operatorType)]), let input = node.input(0)
    else { return nil }
    return reading.values[input.index].shape
  }

  /// Gives symbols to the unknown sizes of a value, because what is computed from them may bring them elsewhere.
  mutating func nameSizes(of value: ValueID) {
    guard let shape = reading.values[value.index].shape, shape.dimensions.contains(.unknown) else { return }
    reading.values[value.index].shape = ValueShape(
      shape.dimensions.map { $0 == .unknown ? .symbol(newSymbol()) : $0 })
  }

  private mutating func newSymbol() -> Int {
    defer { symbolCount += 1 }
    return symbolCount
  }
}
