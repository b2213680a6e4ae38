import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import Tensors

/// How the shape of an operator's output follows from what is known of its inputs.
///
/// A rule gives only what holds for every input that the operator accepts.
struct ShapeRule: Sendable {
  typealias Body = @Sendable (ShapeQuery) throws(ModelFileError) -> ValueShape?

  /// Which outputs the rule speaks of.
  enum Outputs { case first, all }

  let outputs: Outputs

  /// Whether the attributes matter, whose values a call of the function around may give.
  let readsAttributes: Bool

  let body: Body

  /// A rule for which the attributes do not matter.
  static func inputs(_ outputs: Outputs = .first, _ body: @escaping Body) -> ShapeRule {
    ShapeRule(outputs: outputs, readsAttributes: false, body: body)
  }

  /// A rule for which the attributes matter.
  static func attributes(_ outputs: Outputs = .first, _ body: @escaping Body) -> ShapeRule {
    ShapeRule(outputs: outputs, readsAttributes: true, body: body)
  }

  /// The rules of all operators by name.
  ///
  /// Source: the operators of the ONNX specification, opsets 1 to 28.
  static let table: [String: ShapeRule] = [
    elementwise, products, windows, arrangements, axes, selections, joins, resampling, reductions, constants, ranks,
  ].reduce(into: [:]) { table, topic in table.merge(topic) { first, _ in first } }
}

extension ModelReading {
  /// The shape of a node's output, nil where not even the number of its axes follows from what is known.
  ///
  /// - Complexity: O(inputs and their axes).
  func inferredShape(of node: Graph.Node, output: Int) throws(ModelFileError) -> ValueShape? {
    guard let rule = ShapeRule.table[node.operatorType], output == 0 || rule.outputs == .all,
      !(rule.readsAttributes && node.hasReferenceAttributes)
    else { return nil }
    return try rule.body(ShapeQuery(reading: self, node: node, output: output))
  }

  /// The integers in a node's output, one place each in row-major order, nil where nothing is known of them.
  ///
  /// - Complexity: O(inputs and their elements); only vectors and scalars of few elements are followed.
  func inferredIntegers(of node: Graph.Node, shape: ValueShape?) throws(ModelFileError) -> [Dimension]? {
    guard let shape, shape.rank <= 1, let count = shape.dimensions.product.size,
      count <= ValueShape.largestRank, let rule = IntegerRule.table[node.operatorType], !node.hasReferenceAttributes
    else { return nil }
    let integers = try rule(ShapeQuery(reading: self, node: node, output: 0))
    guard let integers, integers.count == count, integers.contains(where: { $0 != .unknown }) else { return nil }
    return integers
  }

  /// The integers of a small constant tensor of int64 or int32, or of what is computed from known sizes alone.
  ///
  /// nil where one of them is not known or a caller may override it.
  func integers(_ value: ValueID?) throws(ModelFileError) -> [Int]? {
    guard let value, !values[value.index].isOverridable else { return nil }
    if let constant = values[value.index].constant { return try contents.integers(of: constant) }
    guard let known = values[value.index].integers else { return nil }
    let integers = known.compactMap(\.size)
    return integers.count == known.count ? integers : nil
  }

  /// The elements of a small floating-point constant, nil where they are not known or a caller may override them.
  func floats(_ value: ValueID?) throws(ModelFileError) -> [Double]? {
    guard let value, !values[value.index].isOverridable, let constant = values[value.index].constant,
      constants[constant.index].type.storage != nil, constants[constant.index].shape.elementCount ?? .max <= 1 << 9,
      contents.isReadable(constant)
    else { return nil }
    return try contents.storedElements(of: constant)
  }
}
