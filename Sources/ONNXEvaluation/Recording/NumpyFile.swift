import Equivalence
import NumericKernels
import ONNXModel
import ProtobufIO

/// A file of numpy's format NPY, versions 1 to 3: a header in Python's syntax, then the elements.
struct NumpyFile {
  private let source: FileSource
  private let dataOffset: Int
  private let header: NumpyHeader

  /// What numpy itself writes has fewer bytes.
  private static let headerLimit = 1 << 20

  init(_ source: FileSource) throws(ModelFileError) {
    self.source = source
    guard source.size >= 12 else { throw Self.malformed(source, "its \(source.size) bytes hold no header") }
    let prefix = try source.bytes(at: 0, count: 12)
    guard prefix.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) else {
      throw Self.malformed(source, "it does not begin as one")
    }
    guard (1...3).contains(prefix[6]), prefix[7] == 0 else {
      throw Self.malformed(source, "version \(prefix[6]).\(prefix[7]) is not known")
    }
    let start = prefix[6] == 1 ? 10 : 12
    let length = prefix[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= min(Self.headerLimit, source.size - start) else {
      throw Self.malformed(source, "a header of \(length) bytes does not fit")
    }
    dataOffset = start + length
    let text = String(decoding: try source.bytes(at: start, count: length), as: UTF8.self)
    do throws(NumpyHeader.Fault) {
      header = try NumpyHeader(text)
    } catch {
      throw Self.malformed(source, error.text)
    }
  }

  /// The tensor, its elements widened to double precision.
  ///
  /// - Parameter expected: What the model takes, for types that numpy itself does not name.
  func tensor(as expected: ElementType?) throws -> Tensor {
    let names = [
      "f2": "float16", "f4": "float32", "f8": "float64", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
      "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64", "b1": "bool",
    ]
    let (type, shape, isColumnMajor) = (header.type, header.shape, header.isColumnMajor)
    guard let name = names[String(type.dropFirst())], let kind = ElementKind(rawValue: name),
      let order = type.first, "<|=".contains(order),
      let count = shape.elementCount, count <= source.size,
      source.size - dataOffset == count * kind.bitWidth / 8
    else {
      throw ModelFileError(
        .malformed, path: source.path, "holds \(source.size - dataOffset) bytes of type '\(type)' for shape \(shape)")
    }
    let content = PayloadContent(.range(source, offset: dataOffset, count: source.size - dataOffset))
    let stored = isColumnMajor ? Array(shape.reversed()) : shape
    func integers<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws -> Tensor {
      try Tensor(stored, kind, integers: try content.elements(of: type).map { Int64(truncatingIfNeeded: $0) })
    }
    let tensor =
      switch kind {
      case .float16:
        try Tensor(stored, kind, reals: try content.elements(of: UInt16.self).map { Double(Float16(bitPattern: $0)) })
      case .float32: try Tensor(stored, kind, reals: try content.elements(of: Float.self).map { Double($0) })
      case .float64: try Tensor(stored, kind, reals: try content.elements(of: Double.self))
      case .bool: try Tensor(stored, booleans: try content.elements(of: UInt8.self).map { $0 != 0 })
      case .int8: try integers(Int8.self)
      case .int16: try integers(Int16.self)
      case .int32: try integers(Int32.self)
      case .int64: try integers(Int64.self)
      case .uint8: try integers(UInt8.self)
      case .uint16: try integers(UInt16.self)
      case .uint32: try integers(UInt32.self)
      default: try integers(UInt64.self)
      }
    return try isColumnMajor ? tensor.transposed(by: stored.indices.reversed()) : tensor
  }

  private static func malformed(_ source: FileSource, _ text: String) -> ModelFileError {
    ModelFileError(.malformed, path: source.path, "is no file of numpy's format: \(text)")
  }
}
