import CONNXSchema

/// One attribute of a node.
@safe
package struct AttributeView {
  package let document: ONNXDocument
  let pointer: UnsafeMutablePointer<Onnx__AttributeProto>

  package var name: Name { unsafe Name(pointer.pointee.name) }

  /// Whether the value comes from the call of the function that the node is in.
  package var isReference: Bool { unsafe !Name(pointer.pointee.ref_attr_name).isEmpty }

  package var float: Float? { unsafe pointer.pointee.has_f != 0 ? pointer.pointee.f : nil }
  package var integer: Int? { unsafe pointer.pointee.has_i != 0 ? Int(pointer.pointee.i) : nil }

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

  package var tensor: TensorView? {
    unsafe pointer.pointee.t.map { unsafe TensorView(document: document, pointer: $0) }
  }

  /// The subgraphs that the attribute holds.
  package var graphs: [GraphView] {
    let one = unsafe pointer.pointee.g.map { unsafe [$0] } ?? []
    return unsafe (one + messages(pointer.pointee.graphs, pointer.pointee.n_graphs)).map {
      unsafe GraphView(document: document, pointer: $0)
    }
  }
}
