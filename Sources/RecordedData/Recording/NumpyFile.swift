import ProtobufIO
import Tensors

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

  /// The types by what numpy calls them.
  private static let types: [String: ElementType] = [
    "f2": .float16, "f4": .float32, "f8": .float64, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8,
    "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .bool,
  ]

  /// The tensor, its elements widened to double precision.
  func tensor() throws -> Tensor {
    let (name, shape) = (header.type, header.shape)
    guard let type = Self.types[String(name.dropFirst())], let order = name.first, "<|=".contains(order),
      let count = shape.elementCount, count <= source.size, source.size - dataOffset == count * type.bitWidth / 8
    else {
      throw ModelFileError(
        .malformed, path: source.path, "holds \(source.size - dataOffset) bytes of type '\(name)' for shape \(shape)")
    }
    let content = PayloadContent(.range(source, offset: dataOffset, count: source.size - dataOffset))
    guard header.isColumnMajor else { return try Tensor.read(shape, type, from: content, as: Double.self) }
    let stored = try Tensor.read(shape.reversed(), type, from: content, as: Double.self)
    return try stored.transposed(by: shape.indices.reversed())
  }

  private static func malformed(_ source: FileSource, _ text: String) -> ModelFileError {
    ModelFileError(.malformed, path: source.path, "is no file of numpy's format: \(text)")
  }
}
