import CONNXSchema
package import ProtobufIO
package import RecordedData

/// A node of the document that an editor makes.
@safe
package struct EditedNode {
  let editor: DocumentEditor
  let pointer: UnsafeMutablePointer<Onnx__NodeProto>

  package var view: NodeView { unsafe NodeView(document: editor.document, pointer: pointer) }

  /// Makes the node read another value; missing inputs before it become empty names.
  package func setInput(_ index: Int, to name: Name) throws(ModelFileError) {
    (unsafe pointer.pointee.input, unsafe pointer.pointee.n_input) = try unsafe editor.strings(
      pointer.pointee.input, pointer.pointee.n_input, replacing: index, by: name)
  }

  /// Replaces all inputs.
  package func setInputs(_ names: [Name]) throws(ModelFileError) {
    unsafe pointer.pointee.input = try editor.strings(names)
    unsafe pointer.pointee.n_input = names.count
  }

  /// Makes the node write one of its outputs under another name.
  ///
  /// - Precondition: The node has the output.
  package func setOutput(_ index: Int, to name: Name) throws(ModelFileError) {
    precondition(unsafe index < pointer.pointee.n_output, "a node must have the output that is renamed")
    (unsafe pointer.pointee.output, unsafe pointer.pointee.n_output) = try unsafe editor.strings(
      pointer.pointee.output, pointer.pointee.n_output, replacing: index, by: name)
  }

  /// Gives the node the attributes of another one, which both then share, but for some.
  package func copyAttributes(of other: NodeView, except names: [Name]) throws(ModelFileError) {
    let all = unsafe messages(other.pointer.pointee.attribute, other.pointer.pointee.n_attribute)
    let copied = unsafe all.filter { unsafe !names.contains(Name($0.pointee.name)) }
    (unsafe pointer.pointee.attribute, unsafe pointer.pointee.n_attribute) = try unsafe editor.list(copied)
  }

  /// Takes attributes away, of which the node need not state each.
  package func removeAttributes(_ names: Set<Name>) throws(ModelFileError) {
    let all = unsafe messages(pointer.pointee.attribute, pointer.pointee.n_attribute)
    let kept = unsafe all.filter { unsafe !names.contains(Name($0.pointee.name)) }
    guard unsafe kept.count < all.count else { return }
    (unsafe pointer.pointee.attribute, unsafe pointer.pointee.n_attribute) = try unsafe editor.list(kept)
  }

  /// Replaces all outputs.
  package func setOutputs(_ names: [Name]) throws(ModelFileError) {
    unsafe pointer.pointee.output = try editor.strings(names)
    unsafe pointer.pointee.n_output = names.count
  }

  /// Sets a float attribute, which is added where the node does not state it.
  package func setAttribute(_ name: Name, to value: Float) throws(ModelFileError) {
    let attribute = try unsafe attributePointer(name)
    unsafe attribute.pointee.has_type = 1
    unsafe attribute.pointee.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT
    unsafe attribute.pointee.has_f = 1
    unsafe attribute.pointee.f = value
  }

  /// Sets an integer attribute, which is added where the node does not state it.
  package func setAttribute(_ name: Name, to value: Int) throws(ModelFileError) {
    let attribute = try unsafe attributePointer(name)
    unsafe attribute.pointee.has_type = 1
    unsafe attribute.pointee.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT
    unsafe attribute.pointee.has_i = 1
    unsafe attribute.pointee.i = Int64(value)
  }

  /// Sets a tensor attribute, which is added where the node does not state it.
  package func setAttribute(_ name: Name, to value: TensorView) throws(ModelFileError) {
    let attribute = try unsafe attributePointer(name)
    unsafe attribute.pointee.has_type = 1
    unsafe attribute.pointee.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR
    unsafe attribute.pointee.t = value.pointer
  }

  /// The attribute of a name, which nothing else has.
  private func attributePointer(
    _ name: Name
  ) throws(ModelFileError) -> UnsafeMutablePointer<Onnx__AttributeProto> {
    var all = unsafe messages(pointer.pointee.attribute, pointer.pointee.n_attribute)
    let attribute: UnsafeMutablePointer<Onnx__AttributeProto>
    if let index = unsafe all.firstIndex(where: { unsafe name.isSpelled(by: $0.pointee.name) }) {
      unsafe attribute = try unsafe editor.trees.duplicate(all[index])
      // What is stated here no longer comes from a call.
      unsafe attribute.pointee.ref_attr_name = nil
      unsafe all[index] = attribute
    } else {
      unsafe attribute = try unsafe editor.tree.allocate(1, of: Onnx__AttributeProto.self)
      unsafe onnx__attribute_proto__init(attribute)
      unsafe attribute.pointee.name = try editor.tree.string(name.bytes)
      unsafe all.append(attribute)
    }
    (unsafe pointer.pointee.attribute, unsafe pointer.pointee.n_attribute) = try unsafe editor.list(all)
    return unsafe attribute
  }
}
