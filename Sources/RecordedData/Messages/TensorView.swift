package import CONNXSchema
import CProtobufC
package import ProtobufIO
import Tensors

/// A stored tensor.
@safe
package struct TensorView {
  package let document: TensorFile
  package let pointer: UnsafeMutablePointer<Onnx__TensorProto>

  package init(document: TensorFile, pointer: UnsafeMutablePointer<Onnx__TensorProto>) {
    self.document = document
    unsafe self.pointer = pointer
  }

  package var name: Name { unsafe Name(pointer.pointee.name) }

  package var elementType: DataType {
    unsafe DataType(rawValue: Int(pointer.pointee.data_type))
  }

  /// The sizes of the axes; none for a scalar.
  package var shape: [Int] {
    unsafe UnsafeBufferPointer(start: pointer.pointee.dims, count: pointer.pointee.n_dims).map { Int($0) }
  }

  /// The number of elements that the shape asks for, nil for an impossible shape.
  package var elementCount: Int? { shape.elementCount }

  /// The bytes that the elements take when they are packed; 0 where that is not known.
  package var byteCount: Int { elementCount.flatMap { elementType.byteCount(of: $0) } ?? 0 }

  /// Whether only a part of the elements is stored, as the format's first versions allowed.
  package var isSegment: Bool { unsafe pointer.pointee.segment != nil }

  /// Whether the elements are, or will be written, in a file of their own.
  package var isExternal: Bool {
    unsafe pointer.pointee.has_data_location != 0
      && pointer.pointee.data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL
  }

  /// Whether the tensor was made here rather than read.
  package var isNew: Bool { document.isNew(self) }

  /// Whether the elements are in `raw_data` or a data file rather than in a typed field.
  package var hasRawData: Bool { unsafe pointer.pointee.has_raw_data != 0 }

  /// The elements as little-endian bytes in row-major order, nil for types that are not stored so.
  package var content: PayloadContent? {
    if hasRawData {
      let data = unsafe pointer.pointee.raw_data
      guard unsafe data.len > 0 else { return PayloadContent(.bytes([])) }
      return unsafe document.tree.payload(at: data.data).map { document.tree[$0] }
    }
    switch elementType {
    case .float32: return unsafe lifted(pointer.pointee.float_data, pointer.pointee.n_float_data)
    case .float64: return unsafe lifted(pointer.pointee.double_data, pointer.pointee.n_double_data)
    case .int64:
      return unsafe littleEndian(pointer.pointee.int64_data, pointer.pointee.n_int64_data) { $0 }
    case .float16, .bfloat16:
      return unsafe littleEndian(pointer.pointee.int32_data, pointer.pointee.n_int32_data) {
        UInt16(truncatingIfNeeded: $0)
      }
    case .int32: return unsafe littleEndian(pointer.pointee.int32_data, pointer.pointee.n_int32_data) { $0 }
    case .bool, .int8, .uint8:
      return unsafe littleEndian(pointer.pointee.int32_data, pointer.pointee.n_int32_data) {
        UInt8(truncatingIfNeeded: $0)
      }
    default: return nil
    }
  }

  /// The elements as bytes like `content`, for every type whose elements have a size.
  ///
  /// Elements of less than a byte are packed, the first in the lowest bits.
  package var elementBytes: PayloadContent? {
    if let content { return content }
    switch elementType.rawValue {
    case 4, 5:
      return unsafe littleEndian(pointer.pointee.int32_data, pointer.pointee.n_int32_data) {
        UInt16(truncatingIfNeeded: $0)
      }
    case 17...28:
      return unsafe littleEndian(pointer.pointee.int32_data, pointer.pointee.n_int32_data) {
        UInt8(truncatingIfNeeded: $0)
      }
    case 12:
      return unsafe littleEndian(pointer.pointee.uint64_data, pointer.pointee.n_uint64_data) {
        UInt32(truncatingIfNeeded: $0)
      }
    case 13: return unsafe littleEndian(pointer.pointee.uint64_data, pointer.pointee.n_uint64_data) { $0 }
    default: return nil
    }
  }

  /// The elements of a tensor of text.
  package var strings: [[UInt8]] {
    unsafe UnsafeBufferPointer(start: pointer.pointee.string_data, count: pointer.pointee.n_string_data).map {
      unsafe Array(UnsafeBufferPointer(start: $0.data, count: $0.len))
    }
  }

  private func lifted<Element>(_ start: UnsafeMutablePointer<Element>?, _ count: Int) -> PayloadContent? {
    guard count > 0 else { return PayloadContent(.bytes([])) }
    return unsafe document.tree.payload(at: start).map { document.tree[$0] }
  }

  private func littleEndian<Stored, Element: FixedWidthInteger>(
    _ start: UnsafeMutablePointer<Stored>?, _ count: Int, _ convert: (Stored) -> Element
  ) -> PayloadContent {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * MemoryLayout<Element>.size)
    unsafe UnsafeBufferPointer(start: start, count: count).forEach { stored in
      unsafe withUnsafeBytes(of: convert(stored).littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    return PayloadContent(.bytes(bytes))
  }
}
