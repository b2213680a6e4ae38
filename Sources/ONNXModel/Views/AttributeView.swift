import CONNXSchema
package import ProtobufIO
package import RecordedData

/// One attribute of a node.
@safe
package struct AttributeView {
  package let document: ONNXDocument
  let pointer: UnsafeMutablePointer<Onnx__AttributeProto>

  package var name: Name { unsafe Name(pointer.pointee.name) }

  /// Whether the value comes from the call of the function that the node is in.
  package var isReference: Bool { unsafe (pointer.pointee.ref_attr_name?.pointee ?? 0) != 0 }

  /// The attribute of that call whose value is taken; empty where the value is stated here.
  package var referredName: Name { unsafe Name(pointer.pointee.ref_attr_name) }

  /// The value of a float attribute; 0 where the file states none, as protobuf reads it.
  ///
  /// - Throws: `malformed` where the attribute says that it is of another type.
  package func float() throws(ModelFileError) -> Float {
    try checkType(ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT, "a float")
    return unsafe pointer.pointee.f
  }

  /// The value of an integer attribute; 0 where the file states none, as protobuf reads it.
  ///
  /// - Throws: `malformed` where the attribute says that it is of another type.
  package func integer() throws(ModelFileError) -> Int {
    try checkType(ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT, "an integer")
    return unsafe Int(pointer.pointee.i)
  }

  private func checkType(
    _ type: Onnx__AttributeProto__AttributeType, _ title: String
  ) throws(ModelFileError) {
    // The first IR version has no types.
    guard unsafe pointer.pointee.has_type == 0 || pointer.pointee.type == type else {
      throw document.failure("attribute '\(name)' is not \(title), as its operator needs")
    }
  }

  package var floats: [Float] {
    unsafe Array(UnsafeBufferPointer(start: pointer.pointee.floats, count: pointer.pointee.n_floats))
  }

  package var integers: [Int] {
    unsafe UnsafeBufferPointer(start: pointer.pointee.ints, count: pointer.pointee.n_ints).map { Int($0) }
  }

  package var string: Name? {
    guard unsafe pointer.pointee.has_s != 0 else { return nil }
    let data = unsafe pointer.pointee.s
    return unsafe Name(bytes: Array(UnsafeBufferPointer(start: data.data, count: data.len)))
  }

  package var strings: [Name] {
    unsafe UnsafeBufferPointer(start: pointer.pointee.strings, count: pointer.pointee.n_strings).map {
      unsafe Name(bytes: Array(UnsafeBufferPointer(start: $0.data, count: $0.len)))
    }
  }

  package var sparseTensorView: SparseTensorView? {
    unsafe pointer.pointee.sparse_tensor.map { unsafe SparseTensorView(document: document, pointer: $0) }
  }

  package var tensorView: TensorView? {
    unsafe pointer.pointee.t.map { unsafe TensorView(document: document, pointer: $0) }
  }

  /// Every tensor that the attribute itself holds, those of sparse tensors too.
  var allTensors: [TensorView] {
    let fields = unsafe pointer.pointee
    let dense = unsafe (fields.t.map { unsafe [$0] } ?? []) + messages(fields.tensors, fields.n_tensors)
    let sparse =
      unsafe (fields.sparse_tensor.map { unsafe [$0] } ?? [])
      + messages(fields.sparse_tensors, fields.n_sparse_tensors)
    return unsafe dense.map { unsafe TensorView(document: document, pointer: $0) }
      + sparse.flatMap { unsafe document.tensors(of: $0) }
  }

  /// Whether the attribute holds any.
  var holdsGraphs: Bool { unsafe pointer.pointee.g != nil || pointer.pointee.n_graphs > 0 }

  /// The subgraphs that the attribute holds.
  package var graphs: [GraphView] {
    let one = unsafe pointer.pointee.g.map { unsafe [$0] } ?? []
    return unsafe (one + messages(pointer.pointee.graphs, pointer.pointee.n_graphs)).map {
      unsafe GraphView(document: document, pointer: $0)
    }
  }
}
