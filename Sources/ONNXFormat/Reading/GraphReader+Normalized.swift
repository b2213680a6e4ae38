import BatchNormFolding
import ModelGraph
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Norms of what is known before anything runs.
extension GraphReader {
  /// How many elements are stored for a norm where the file stores fewer.
  private static let smallResult = 1 << 16

  /// Operators whose results differ from run to run.
  private static let random: Set<String> = [
    "Bernoulli", "Dropout", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
  ]

  /// Notes whether what a node makes follows from constants alone.
  mutating func noteDerived(by node: Graph.Node) throws(ModelFileError) {
    guard try readsDerived(node), node.bodies.isEmpty, !node.hasReferenceAttributes,
      !Self.random.contains(node.operatorType), node.outputs.allSatisfy({ $0.map(hasModestSize) ?? true })
    else { return }
    let type = Self.computable.contains(node.operatorType) ? elementType(of: node) : nil
    for case let output? in node.outputs {
      reading.values[output.index].isDerived = true
      reading.values[output.index].derivedType = type
    }
  }

  /// Whether a node reads anything, and nothing but what follows from constants and known sizes.
  ///
  /// - Parameter fixed: Whether constants that a caller may override are none.
  func readsDerived(_ node: Graph.Node, fixed: Bool = true) throws(ModelFileError) -> Bool {
    for case let input? in node.inputs where fixed || reading.constant(input) == nil {
      guard try isDerived(input) else { return false }
    }
    return node.inputs.contains { $0 != nil }
  }

  /// Whether a value is constant, or follows from constants and known sizes.
  func isDerived(_ value: ValueID) throws(ModelFileError) -> Bool {
    let index = value.index
    if reading.values[index].isDerived || reading.values[index].constant != nil {
      return !reading.values[index].isOverridable
    }
    // Most values are neither, and the whole of what is known of one is not copied for that.
    guard reading.values[index].integers != nil else { return false }
    return try reading.integers(value) != nil
  }

  private func hasModestSize(_ value: ValueID) -> Bool {
    let count = reading.values[value.index].shape?.sizes?.elementCount
    return count.map { $0 <= OperatorReader.channelLimit } ?? false
  }

  /// Works out what a norm that may fold makes of a constant, and notes it as one.
  ///
  /// - Complexity: O(elements of all that it is made of).
  mutating func workOut(_ node: Graph.Node) throws(ModelFileError) {
    guard let input = node.input(0), let output = node.outputs.first ?? nil, try isDerived(input), hasModestSize(input),
      node.outputs.dropFirst().allSatisfy({ $0 == nil }),
      case .normalization(let norm) = try OperatorReader(reading: reading).normalization(node).role,
      norm.refusal == nil, norm.mode == .inference, try areFinite(norm),
      let nodes = try ConstantNodes(making: output, in: reading),
      let count = reading.values[input.index].shape?.sizes?.elementCount,
      count <= max(Self.smallResult, nodes.storedCount), reading.takesResult(of: count, nodes.work),
      let result = reading.options.evaluate(nodes),
      let storage = StorageType(rawValue: result.typeName),
      result.elements.allSatisfy(\.isFinite)
    else { return }
    add(.computed, type: DataType(storage), shape: result.shape, for: output)
    guard let constant = reading.constant(output) else { return }
    reading.computed.bytes[constant] = storage.bytes(of: result.elements)
  }

  private func areFinite(_ norm: Normalization) throws(ModelFileError) -> Bool {
    for parameter in [norm.gamma, norm.beta, norm.mean, norm.variance] {
      guard case .constant(let id) = parameter, reading.constants[id.index].type.storage != nil,
        try reading.contents.storedElements(of: id).allSatisfy(\.isFinite)
      else { return false }
    }
    return true
  }
}
