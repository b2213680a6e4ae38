import CONNXSchema
import CProtobufC
package import ProtobufIO

/// A file that holds one recorded value, as ONNX's data sets store inputs and outputs.
@safe
package final class RecordedValueFile: TensorFile {
  /// What kind of value a file is read as; nothing in it says so.
  package enum Kind: Sendable {
    case tensor, sequence, optional
  }

  /// The value as it is stored.
  package indirect enum Content {
    case tensor(TensorView)
    case sequence([Content])
    /// nil: an optional that holds nothing.
    case optional(Content?)
  }

  /// - Throws: `ModelFileError` where the file holds no value of that kind.
  package static func content(of source: FileSource, as kind: Kind) throws(ModelFileError) -> Content {
    let descriptor = unsafe Self.descriptor(of: kind)
    let schema = unsafe MessageSchema(root: descriptor, lifting: payloads)
    let file = RecordedValueFile(tree: try MessageTree(source, schema: schema))
    let root = unsafe UnsafeMutableRawPointer(file.tree.root)
    return switch kind {
    case .tensor: .tensor(try unsafe file.tensor(root.assumingMemoryBound(to: Onnx__TensorProto.self)))
    case .sequence: try unsafe file.sequence(root.assumingMemoryBound(to: Onnx__SequenceProto.self))
    case .optional: try unsafe file.optional(root.assumingMemoryBound(to: Onnx__OptionalProto.self))
    }
  }

  private static func descriptor(of kind: Kind) -> UnsafePointer<ProtobufCMessageDescriptor> {
    var descriptor: UnsafePointer<ProtobufCMessageDescriptor>?
    switch kind {
    case .tensor:
      var empty = unsafe Onnx__TensorProto()
      unsafe onnx__tensor_proto__init(&empty)
      unsafe descriptor = empty.base.descriptor
    case .sequence:
      var empty = unsafe Onnx__SequenceProto()
      unsafe onnx__sequence_proto__init(&empty)
      unsafe descriptor = empty.base.descriptor
    case .optional:
      var empty = unsafe Onnx__OptionalProto()
      unsafe onnx__optional_proto__init(&empty)
      unsafe descriptor = empty.base.descriptor
    }
    guard let descriptor = unsafe descriptor else {
      preconditionFailure("generated code must name its descriptor")
    }
    return unsafe descriptor
  }

  private func tensor(_ pointer: UnsafeMutablePointer<Onnx__TensorProto>) throws(ModelFileError) -> TensorView {
    let view = unsafe TensorView(document: self, pointer: pointer)
    try view.checkLength()
    return view
  }

  private func sequence(_ pointer: UnsafeMutablePointer<Onnx__SequenceProto>) throws(ModelFileError) -> Content {
    let fields = unsafe pointer.pointee
    let tensors = unsafe messages(fields.tensor_values, fields.n_tensor_values)
    let sequences = unsafe messages(fields.sequence_values, fields.n_sequence_values)
    let optionals = unsafe messages(fields.optional_values, fields.n_optional_values)
    var contents: [Content] = []
    for index in unsafe tensors.indices { contents.append(.tensor(try unsafe tensor(tensors[index]))) }
    for index in unsafe sequences.indices { contents.append(try unsafe sequence(sequences[index])) }
    for index in unsafe optionals.indices { contents.append(try unsafe optional(optionals[index])) }
    return .sequence(contents)
  }

  private func optional(_ pointer: UnsafeMutablePointer<Onnx__OptionalProto>) throws(ModelFileError) -> Content {
    let fields = unsafe pointer.pointee
    if let value = unsafe fields.tensor_value { return .optional(.tensor(try unsafe tensor(value))) }
    if let value = unsafe fields.sequence_value { return .optional(try unsafe sequence(value)) }
    if let value = unsafe fields.optional_value { return .optional(try unsafe optional(value)) }
    return .optional(nil)
  }
}
