import CONNXSchema
import CProtobufC
package import ProtobufIO
import Tensors

extension TensorView {
  /// What an error calls this tensor.
  package var title: String { name.isEmpty ? "a tensor without a name" : "tensor '\(name)'" }

  /// Checks that the tensor holds as many elements as its shape says.
  ///
  /// - Throws: `malformed` with both numbers.
  package func checkLength() throws(ModelFileError) {
    guard let count = elementCount else {
      throw document.failure("\(title): the shape \(shape) is not possible")
    }
    guard !isSegment, let (stored, unit) = storedCount(for: count) else { return }
    let expected = unit == "elements" ? count : elementType.byteCount(of: count)
    guard let expected, stored == expected else {
      throw document.failure(
        "\(title): the shape \(shape) of \(elementType.name) needs \(expected ?? -1) \(unit) but \(stored) are stored")
    }
  }

  /// How much is stored where the type's elements belong, in bytes or elements; nil where the type does not say how much
  /// it should be.
  private func storedCount(for count: Int) -> (Int, String)? {
    let fields = unsafe pointer.pointee
    if hasRawData, elementType != .string {
      return unsafe elementType.bitWidth == nil ? nil : (fields.raw_data.len, "bytes")
    }
    switch elementType.rawValue {
    case 1: return unsafe (fields.n_float_data, "elements")
    case 11: return unsafe (fields.n_double_data, "elements")
    case 7: return unsafe (fields.n_int64_data, "elements")
    case 12, 13: return unsafe (fields.n_uint64_data, "elements")
    case 8: return unsafe (fields.n_string_data, "elements")
    case 2...6, 9, 10, 16...20, 24, 27, 28: return unsafe (fields.n_int32_data, "elements")
    // Each number is a byte of packed elements.
    case 21...23, 25, 26: return unsafe (fields.n_int32_data, "bytes")
    default: return nil
    }
  }

  /// Finds the tensor's bytes in its data file and lets them stand as its payload.
  ///
  /// - Throws: `unreadable` for a file that may not or cannot be read, `malformed` for a range it does not hold.
  package func attachExternalData(from files: ConfinedFiles) throws(ModelFileError) {
    var location: FilePath = ""
    var offset = 0
    var length: Int?
    for (key, value) in externalEntries {
      switch key {
      case "location": location = FilePath(bytes: value.bytes)
      case "offset": offset = try number(value.description, called: "offset")
      case "length": length = try number(value.description, called: "length")
      default: break
      }
    }
    let file = try files.file(at: location, for: title)
    guard let count = elementCount, let needed = elementType.byteCount(of: count) else {
      throw document.failure("\(title): \(shape) of \(elementType.name) cannot be stored as external data")
    }
    let size = length ?? needed
    guard offset <= file.size, size <= file.size - offset else {
      throw document.failure(
        "\(title): needs \(size) bytes from byte \(offset) of '\(location)', which holds \(file.size)")
    }
    setRawData(PayloadContent(.range(file, offset: offset, count: size)))
  }

  /// What the tensor says of its data file.
  private var externalEntries: [(key: Name, value: Name)] {
    unsafe messages(pointer.pointee.external_data, pointer.pointee.n_external_data).map {
      unsafe (Name($0.pointee.key), Name($0.pointee.value))
    }
  }

  private func number(_ text: String, called key: String) throws(ModelFileError) -> Int {
    guard let number = Int(text), number >= 0 else {
      throw document.failure("\(title): the \(key) '\(text)' of its external data is no number of bytes")
    }
    return number
  }

  /// Makes a content the tensor's `raw_data`.
  package func setRawData(_ content: PayloadContent) {
    unsafe pointer.pointee.has_raw_data = 1
    unsafe pointer.pointee.raw_data.len = content.byteCount
    let address = unsafe content.byteCount == 0 ? nil : document.tree.address(of: document.tree.add(content))
    unsafe pointer.pointee.raw_data.data = address?.assumingMemoryBound(to: UInt8.self)
  }
}
