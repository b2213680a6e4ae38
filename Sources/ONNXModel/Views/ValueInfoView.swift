import CONNXSchema
import ModelGraph
package import ProtobufIO
package import RecordedData

/// What a graph says of a value: its name and, for a tensor, its type and shape.
package struct ValueInfoView: Sendable {
  package let name: Name

  /// The element type of a tensor, nil if it is not stated or the value is no tensor.
  package let elementType: DataType?

  /// Whether the value is a tensor, or its type is not stated.
  package let kind: RecordedValueFile.Kind

  /// The sizes of a tensor's axes, nil where one is symbolic; nil as a whole where not even the rank is known.
  package let shape: [Int?]?

  /// The names of the sizes that are symbolic, one place for each axis; empty where no size has a name.
  package let symbols: [Name?]

  /// The same in the graph's terms.
  var stated: Graph.StatedType {
    Graph.StatedType(element: elementType?.element, number: elementType?.rawValue, sizes: shape)
  }

  init(_ pointer: UnsafeMutablePointer<Onnx__ValueInfoProto>) {
    name = unsafe Name(pointer.pointee.name)
    kind =
      switch unsafe pointer.pointee.type?.pointee.value_case {
      case ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE: .sequence
      case ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE: .optional
      default: .tensor
      }
    guard let type = unsafe pointer.pointee.type,
      unsafe type.pointee.value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE,
      let tensor = unsafe type.pointee.tensor_type
    else {
      elementType = nil
      shape = nil
      symbols = []
      return
    }
    elementType = unsafe tensor.pointee.has_elem_type != 0 ? DataType(rawValue: Int(tensor.pointee.elem_type)) : nil
    let dimensions = unsafe tensor.pointee.shape.map { unsafe messages($0.pointee.dim, $0.pointee.n_dim) }
    shape = unsafe dimensions?.map { dimension in
      let isNumber = unsafe dimension.pointee.value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
      return unsafe isNumber ? Int(dimension.pointee.dim_value) : nil
    }
    let names: [Name?] = unsafe (dimensions ?? []).map { dimension in
      let isName = unsafe dimension.pointee.value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM
      return unsafe isName ? Name(dimension.pointee.dim_param) : nil
    }
    symbols = names.contains { $0 != nil } ? names : []
  }
}
