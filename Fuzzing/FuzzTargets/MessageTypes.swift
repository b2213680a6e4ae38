import CONNXSchema
import CProtobufC

/// Which fields of ONNX's messages hold messages of which type, from the descriptors of the generated code.
struct MessageTypes {
  /// A type's number in `children`; 0 is a model.
  static let model = 0

  /// By type: the types that its fields hold, by field number.
  let children: [[Int: Int]]

  static let onnx = MessageTypes()

  private init() {
    var model = unsafe Onnx__ModelProto()
    unsafe onnx__model_proto__init(&model)
    var types = unsafe [model.base.descriptor]
    var children: [[Int: Int]] = []
    while unsafe children.count < types.count {
      children.append([:])
      guard let type = unsafe types[children.count - 1]?.pointee else { continue }
      for index in unsafe 0..<Int(type.n_fields) {
        let field = unsafe type.fields[index]
        guard unsafe field.type == PROTOBUF_C_TYPE_MESSAGE else { continue }
        let child = unsafe field.descriptor?.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
        let known = unsafe types.firstIndex(of: child)
        if known == nil { unsafe types.append(child) }
        unsafe children[children.count - 1][Int(field.id)] = known ?? types.count - 1
      }
    }
    self.children = children
  }
}
