import BatchNormFolding
import ONNXModel
import ProtobufIO
import RecordedData
import Tensors

/// Reads the elements of a model's constants.
struct ConstantContents: ConstantReader {
  let constants: [KnownConstant]
  let indirectWeights: [OperatorID: StoredWeight]
  let computed: ComputedConstants
  let buffer: ChunkBuffer

  /// The elements as little-endian bytes, nil for a constant that is not stored so.
  func content(of id: ConstantID) -> PayloadContent? {
    let constant = constants[id.index]
    switch constant.origin {
    case .initializer(let tensor, _), .node(let tensor, _): return tensor.content
    case .literal(let bytes, _): return PayloadContent(.bytes(bytes))
    case .repeated(let element, _):
      return PayloadContent(.repeated(element: element, count: constant.shape.elementCount ?? 0))
    case .alias(let other): return content(of: other)
    case .computed, .cast, .dequantized, .sparse: return computed.bytes[id].map { PayloadContent(.bytes($0)) }
    case .partial: return nil
    }
  }

  func elements(of id: ConstantID) throws -> [Double] { try storedElements(of: id) }

  func visit<Visitor: ElementVisitor>(_ id: ConstantID, by visitor: inout Visitor) throws {
    guard let content = content(of: id), let storage = constants[id.index].type.storage else {
      preconditionFailure("only stored floating-point constants are visited")
    }
    switch storage {
    case .float16: try visit(content, as: Float16.self, by: &visitor)
    case .bfloat16: try visit(content, as: BFloat16.self, by: &visitor)
    case .float32: try visit(content, as: Float.self, by: &visitor)
    case .float64: try visit(content, as: Double.self, by: &visitor)
    }
  }

  private func visit<Element: StoredElement, Visitor: ElementVisitor>(
    _ content: PayloadContent, as type: Element.Type, by visitor: inout Visitor
  ) throws(ModelFileError) {
    try buffer.forEachChunk(of: content, as: type) { chunk, _, first in visitor.observe(chunk, from: first) }
  }

  /// The elements in row-major order, widened exactly.
  func storedElements(of id: ConstantID) throws(ModelFileError) -> [Double] {
    switch constants[id.index].origin {
    case .dequantized(let integers, let scale, _):
      return try dequantized(integers, scale, as: constants[id.index].type.storage ?? .float32)
    case .alias(let other): return try storedElements(of: other)
    default: break
    }
    if let (source, storage) = castSource(of: id) {
      return try storedElements(of: source).map { storage.rounded($0) }
    }
    guard let content = content(of: id), let storage = constants[id.index].type.storage else {
      preconditionFailure("only floating-point constants have elements")
    }
    switch storage {
    case .float16: return try elements(content, as: Float16.self)
    case .bfloat16: return try elements(content, as: BFloat16.self)
    case .float32: return try elements(content, as: Float.self)
    case .float64: return try elements(content, as: Double.self)
    }
  }

  /// The elements of a constant that was worked out, nil of any other.
  func computedElements(of id: ConstantID) throws(ModelFileError) -> [Double]? {
    switch constants[id.index].origin {
    case .computed, .cast:
      computed.bytes[id] == nil ? nil : try storedElements(of: id)
    default: nil
    }
  }

  /// What DequantizeLinear makes of integers: their nearest floats, times the scale, in the scale's type.
  private func dequantized(
    _ integers: ConstantID, _ scale: ConstantID, as storage: StorageType
  ) throws(ModelFileError) -> [Double] {
    let scales = try storedElements(of: scale).map { Float($0) }
    let stored = try content(of: integers)?.elements(of: Int32.self) ?? []
    return stored.indices.map {
      storage.rounded(Double(Float(stored[$0]) * scales[scales.count == 1 ? 0 : $0]))
    }
  }

  /// The constant behind a Cast, and the type that it is cast to.
  private func castSource(of id: ConstantID) -> (ConstantID, StorageType)? {
    switch constants[id.index].origin {
    case .cast(let other): constants[id.index].type.storage.map { (other, $0) }
    case .alias(let other): castSource(of: other)
    default: nil
    }
  }

  /// The elements of a small int64 or int32 constant, such as a shape, or of a boolean one as 0 and 1; nil for anything
  /// else.
  func integers(of id: ConstantID) throws(ModelFileError) -> [Int]? {
    guard let content = content(of: id) else { return nil }
    switch constants[id.index].type {
    case .int64: return try integers(in: content, as: Int64.self)
    case .int32: return try integers(in: content, as: Int32.self)
    case .bool: return try integers(in: content, as: UInt8.self)?.map { $0 == 0 ? 0 : 1 }
    default: return nil
    }
  }

  /// The integers in a small payload, nil for one of more than 4 KiB.
  func integers<Element: FixedWidthInteger & BitwiseCopyable>(
    in content: PayloadContent, as type: Element.Type
  ) throws(ModelFileError) -> [Int]? {
    guard content.byteCount <= 1 << 12 else { return nil }
    var result: [Int] = []
    try buffer.forEachChunk(of: content, as: type) { chunk, _, _ in
      for index in chunk.indices { result.append(Int(chunk[index])) }
    }
    return result
  }

  /// Whether `storedElements` can read a floating-point constant.
  func isReadable(_ id: ConstantID) -> Bool {
    content(of: id) != nil || castSource(of: id).map { isReadable($0.0) } ?? false
  }

  private func elements<Element: StoredElement>(
    _ content: PayloadContent, as type: Element.Type
  ) throws(ModelFileError) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(content.byteCount / MemoryLayout<Element>.size)
    try buffer.forEachChunk(of: content, as: type) { chunk, _, _ in
      for index in chunk.indices { result.append(chunk[index].widened) }
    }
    return result
  }
}
