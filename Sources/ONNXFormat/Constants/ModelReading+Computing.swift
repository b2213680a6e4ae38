import BatchNormFolding
import ONNXModel
import ProtobufIO

extension ModelReading {
  private static let smallConstant = 1 << 16

  /// Works out the elements of a constant that nodes make, so that they can be read like stored ones.
  ///
  /// What fills much memory is worked out only where norms may need it.
  ///
  /// - Returns: Whether its elements can be read now.
  /// - Throws: `ModelFileError` where the constant behind a Cast cannot be read.
  /// - Complexity: O(elements of all that it is made of), once.
  func compute(_ id: ConstantID) throws(ModelFileError) -> Bool {
    let constant = constants[id.index]
    let isAffordable = hasNorms || constant.shape.elementCount ?? .max <= Self.smallConstant
    switch constant.origin {
    case .alias(let other): return try compute(other)
    case .cast(let source):
      guard computed.bytes[id] == nil else { return true }
      guard isAffordable, let storage = constant.type.storage, try compute(source), contents.isReadable(id)
      else { return false }
      computed.bytes[id] = storage.bytes(of: try contents.storedElements(of: id))
      return true
    case .computed:
      guard computed.bytes[id] == nil else { return true }
      guard isAffordable, let storage = constant.type.storage,
        let nodes = ConstantNodes(making: constant.value, in: self), let elements = options.evaluate(nodes),
        elements.count == constant.shape.elementCount
      else { return false }
      computed.bytes[id] = storage.bytes(of: elements)
      return true
    case .dequantized:
      guard computed.bytes[id] == nil else { return true }
      computed.bytes[id] = StorageType.float32.bytes(of: try contents.storedElements(of: id))
      return true
    case .initializer, .node, .literal, .repeated: return true
    case .sparse, .partial: return false
    }
  }
}
