import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

extension ModelReading {
  private static let smallConstant = 1 << 16

  /// How many elements there may be to each that is stored of a sparse constant, which is small in a file alone.
  private static let sparsity = 1 << 8

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
      guard isAffordable, let storage = constant.type.storage, try compute(source), contents.isReadable(id),
        takes(id, storage)
      else { return false }
      computed.bytes[id] = storage.bytes(of: try contents.storedElements(of: id))
      return true
    case .computed:
      guard computed.bytes[id] == nil else { return true }
      guard isAffordable, let storage = constant.type.storage,
        !computed.refused.contains(id), let nodes = try ConstantNodes(making: constant.value, in: self),
        takes(id, storage, nodes.work), let elements = options.evaluate(nodes)?.elements,
        elements.count == constant.shape.elementCount
      else { return false }
      computed.bytes[id] = storage.bytes(of: elements)
      return true
    case .dequantized:
      guard computed.bytes[id] == nil else { return true }
      guard let storage = constant.type.storage else { return false }
      computed.bytes[id] = storage.bytes(of: try contents.storedElements(of: id))
      return true
    case .sparse(let tensor):
      guard computed.bytes[id] == nil else { return true }
      guard isAffordable, let storage = constant.type.storage, takes(id, storage),
        let (bytes, places) = try spread(tensor)
      else { return false }
      (computed.bytes[id], computed.places[id]) = (bytes, places)
      return true
    case .initializer, .node, .literal, .repeated: return true
    case .partial: return false
    }
  }

  /// Takes from the budget what the elements of a constant need, and those that are made on the way.
  private func takes(_ id: ConstantID, _ storage: StorageType, _ work: Int? = 0) -> Bool {
    guard let count = constants[id.index].shape.elementCount, let work else { return false }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: storage.byteWidth)
    let (elements, isMore) = count.addingReportingOverflow(work)
    return !overflow && !isMore && computed.takes(id, bytes: bytes, elements: elements)
  }

  /// Whether all elements of a constant may be held, of which its file stores one.
  func maySpread(_ id: ConstantID) -> Bool {
    switch constants[id.index].origin {
    case .alias(let other): return maySpread(other)
    case .repeated:
      guard let count = constants[id.index].shape.elementCount else { return false }
      let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Double>.size)
      return !overflow && computed.takesRepeated(id, bytes: bytes, elements: count)
    default: return true
    }
  }

  /// All elements of a sparse tensor as little-endian bytes, and which of them are stored.
  ///
  /// - Returns: nil where too few are stored, or not at ascending places within the tensor.
  private func spread(_ tensor: SparseTensorView) throws(ModelFileError) -> (bytes: [UInt8], places: [Int])? {
    guard let values = tensor.values, let width = values.elementType.storage?.byteWidth, let indices = tensor.indices,
      indices.elementType == .int64, let count = tensor.shape.elementCount,
      let stored = try values.content?.elements(of: UInt8.self),
      let numbers = try indices.content?.elements(of: Int64.self),
      count / Self.sparsity <= stored.count / width
    else { return nil }
    // One index for each element, or one for each of its axes.
    let sizes = indices.shape.count == 1 ? [count] : tensor.shape
    guard numbers.count == stored.count / width * sizes.count else { return nil }
    var bytes = [UInt8](repeating: 0, count: count * width)
    var places: [Int] = []
    for first in stride(from: 0, to: numbers.count, by: max(sizes.count, 1)) {
      var place = 0
      for (axis, size) in sizes.enumerated() {
        guard let index = Int(exactly: numbers[first + axis]), (0..<size).contains(index) else { return nil }
        place = place * size + index
      }
      guard place > places.last ?? -1 else { return nil }
      let element = places.count * width
      bytes.replaceSubrange(place * width..<(place + 1) * width, with: stored[element..<element + width])
      places.append(place)
    }
    return (bytes, places)
  }
}
