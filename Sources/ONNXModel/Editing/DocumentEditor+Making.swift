import CONNXSchema
package import ProtobufIO
package import RecordedData

extension DocumentEditor {
  /// Makes a node that belongs to no graph yet.
  package func makeNode(
    _ operatorType: Name, name: Name, inputs: [Name], outputs: [Name]
  ) throws(ModelFileError) -> EditedNode {
    let node = try unsafe tree.allocate(1, of: Onnx__NodeProto.self)
    unsafe onnx__node_proto__init(node)
    unsafe node.pointee.op_type = try tree.string(operatorType.bytes)
    if !name.isEmpty { unsafe node.pointee.name = try tree.string(name.bytes) }
    let made = unsafe EditedNode(editor: self, pointer: node)
    try made.setInputs(inputs)
    try made.setOutputs(outputs)
    return made
  }

  /// Makes a tensor that belongs to nothing yet; its elements are stored in `raw_data`.
  ///
  /// - Throws: `malformed` where the content does not hold what the shape says, as reading such a file would.
  package func makeTensor(
    name: Name, type: DataType, shape: [Int], content: PayloadContent
  ) throws(ModelFileError) -> TensorView {
    let tensor = try unsafe tree.allocate(1, of: Onnx__TensorProto.self)
    unsafe onnx__tensor_proto__init(tensor)
    unsafe tensor.pointee.has_data_type = 1
    unsafe tensor.pointee.data_type = Int32(type.rawValue)
    if !name.isEmpty { unsafe tensor.pointee.name = try tree.string(name.bytes) }
    let made = unsafe EditedTensor(editor: self, pointer: tensor)
    try made.setShape(shape)
    made.view.setRawData(content)
    try made.view.checkLength()
    document.noteMade(made.view)
    return made.view
  }

  /// Makes what a graph input says of a tensor.
  func makeValueInfo(
    name: Name, type: DataType, shape: [Int]
  ) throws(ModelFileError) -> UnsafeMutablePointer<Onnx__ValueInfoProto> {
    let info = try unsafe tree.allocate(1, of: Onnx__ValueInfoProto.self)
    let typeProto = try unsafe tree.allocate(1, of: Onnx__TypeProto.self)
    let tensor = try unsafe tree.allocate(1, of: Onnx__TypeProto__Tensor.self)
    let shapeProto = try unsafe tree.allocate(1, of: Onnx__TensorShapeProto.self)
    unsafe onnx__value_info_proto__init(info)
    unsafe onnx__type_proto__init(typeProto)
    unsafe onnx__type_proto__tensor__init(tensor)
    unsafe onnx__tensor_shape_proto__init(shapeProto)
    unsafe info.pointee.name = try tree.string(name.bytes)
    unsafe info.pointee.type = typeProto
    unsafe typeProto.pointee.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE
    unsafe typeProto.pointee.tensor_type = tensor
    unsafe tensor.pointee.has_elem_type = 1
    unsafe tensor.pointee.elem_type = Int32(type.rawValue)
    unsafe tensor.pointee.shape = shapeProto
    var dimensions: [UnsafeMutablePointer<Onnx__TensorShapeProto__Dimension>] = unsafe []
    for size in shape {
      let dimension = try unsafe tree.allocate(1, of: Onnx__TensorShapeProto__Dimension.self)
      unsafe onnx__tensor_shape_proto__dimension__init(dimension)
      unsafe dimension.pointee.value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
      unsafe dimension.pointee.dim_value = Int64(size)
      unsafe dimensions.append(dimension)
    }
    (unsafe shapeProto.pointee.dim, unsafe shapeProto.pointee.n_dim) = try unsafe list(dimensions)
    return unsafe info
  }
}
