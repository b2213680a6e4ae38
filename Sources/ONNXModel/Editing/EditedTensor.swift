import CONNXSchema
package import ProtobufIO
package import RecordedData

/// A tensor of the document that an editor makes.
@safe
package struct EditedTensor {
  let editor: DocumentEditor
  let pointer: UnsafeMutablePointer<Onnx__TensorProto>

  package var view: TensorView { unsafe TensorView(document: editor.document, pointer: pointer) }

  /// Replaces the elements, keeping the field they are stored in where that field can hold them.
  ///
  /// Half-precision elements in `int32_data` move to `raw_data`.
  ///
  /// - Throws: `malformed` where the content does not hold what the shape says, as reading such a file would.
  package func replaceContent(_ content: PayloadContent) throws(ModelFileError) {
    if view.hasRawData || content.byteCount == 0 || !replaceTypedContent(content) { view.setRawData(content) }
    try view.checkLength()
  }

  /// Replaces the elements of a typed field.
  ///
  /// - Returns: Whether the field can hold them; nothing is left in it where it cannot.
  private func replaceTypedContent(_ content: PayloadContent) -> Bool {
    switch view.elementType {
    case .float32:
      let address = unsafe editor.tree.address(of: editor.tree.add(content))
      unsafe pointer.pointee.float_data = address?.assumingMemoryBound(to: Float.self)
      unsafe pointer.pointee.n_float_data = content.byteCount / 4
    case .float64:
      let address = unsafe editor.tree.address(of: editor.tree.add(content))
      unsafe pointer.pointee.double_data = address?.assumingMemoryBound(to: Double.self)
      unsafe pointer.pointee.n_double_data = content.byteCount / 8
    default:
      unsafe pointer.pointee.n_int32_data = 0
      return false
    }
    return true
  }

  /// Replaces the shape.
  package func setShape(_ shape: [Int]) throws(ModelFileError) {
    let memory = try unsafe editor.tree.allocate(shape.count, of: Int64.self)
    for (index, size) in shape.enumerated() { unsafe memory[index] = Int64(size) }
    unsafe pointer.pointee.dims = memory
    unsafe pointer.pointee.n_dims = shape.count
  }

  /// Says that the elements are in the model itself.
  package func storeInline() {
    guard view.isExternal else { return }
    unsafe pointer.pointee.has_data_location = 0
    unsafe pointer.pointee.data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__DEFAULT
    unsafe pointer.pointee.n_external_data = 0
  }

  /// Says that the elements will be in a file of their own; `setPlace` then says where.
  ///
  /// - Precondition: The elements can be given as bytes.
  package func storeExternally() {
    guard !view.isExternal, let content = view.content else { return }
    unsafe pointer.pointee.n_float_data = 0
    unsafe pointer.pointee.n_double_data = 0
    unsafe pointer.pointee.n_int32_data = 0
    unsafe pointer.pointee.n_int64_data = 0
    view.setRawData(content)
    unsafe pointer.pointee.has_data_location = 1
    unsafe pointer.pointee.data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL
  }

  /// Names the range of the data file that holds the elements, which leave the model itself.
  package func setPlace(location: Name, offset: Int, length: Int) throws(ModelFileError) {
    // A checksum is that of the whole old file; other keys are somebody else's and stay.
    let ours: Set<Name> = ["location", "offset", "length", "checksum"]
    var entries = unsafe messages(pointer.pointee.external_data, pointer.pointee.n_external_data).filter {
      unsafe !ours.contains(Name($0.pointee.key))
    }
    let places: [(Name, Name)] = [
      ("location", location), ("offset", Name(String(offset))), ("length", Name(String(length))),
    ]
    for (position, (key, value)) in places.enumerated() {
      let entry = try unsafe editor.tree.allocate(1, of: Onnx__StringStringEntryProto.self)
      unsafe onnx__string_string_entry_proto__init(entry)
      unsafe entry.pointee.key = try editor.tree.string(key.bytes)
      unsafe entry.pointee.value = try editor.tree.string(value.bytes)
      unsafe entries.insert(entry, at: position)
    }
    (unsafe pointer.pointee.external_data, unsafe pointer.pointee.n_external_data) =
      try unsafe editor.list(entries)
    unsafe pointer.pointee.has_raw_data = 0
    unsafe pointer.pointee.raw_data.len = 0
    unsafe pointer.pointee.raw_data.data = nil
  }
}
