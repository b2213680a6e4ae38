import CONNXSchema
package import ProtobufIO
package import RecordedData

/// A graph of the document that an editor makes.
@safe
package struct EditedGraph {
  let editor: DocumentEditor
  let pointer: UnsafeMutablePointer<Onnx__GraphProto>

  package var view: GraphView { unsafe GraphView(document: editor.document, pointer: pointer) }

  /// Replaces the nodes, of which each may be the original's or one that is made.
  package func setNodes(_ nodes: [NodeView]) throws(ModelFileError) {
    (unsafe pointer.pointee.node, unsafe pointer.pointee.n_node) =
      try unsafe editor.list(nodes.map { unsafe $0.pointer })
  }

  /// Hands another value out.
  ///
  /// - Precondition: The graph has the output.
  package func setOutput(_ index: Int, to name: Name) throws(ModelFileError) {
    var outputs = unsafe messages(pointer.pointee.output, pointer.pointee.n_output)
    unsafe outputs[index] = try unsafe editor.trees.duplicate(outputs[index])
    unsafe outputs[index].pointee.name = try editor.tree.string(name.bytes)
    (unsafe pointer.pointee.output, unsafe pointer.pointee.n_output) = try unsafe editor.list(outputs)
  }

  /// Adds initializers at the end.
  ///
  /// - Parameter listedAsInputs: Whether each is also made a graph input, as IR versions below 4 demand.
  package func addInitializers(_ tensors: [TensorView], listedAsInputs: Bool) throws(ModelFileError) {
    let old = unsafe messages(pointer.pointee.initializer, pointer.pointee.n_initializer)
    (unsafe pointer.pointee.initializer, unsafe pointer.pointee.n_initializer) =
      try unsafe editor.list(old + tensors.map { unsafe $0.pointer })
    guard listedAsInputs else { return }
    var inputs = unsafe messages(pointer.pointee.input, pointer.pointee.n_input)
    for tensor in tensors {
      unsafe inputs.append(
        try editor.makeValueInfo(name: tensor.name, type: tensor.elementType, shape: tensor.shape))
    }
    (unsafe pointer.pointee.input, unsafe pointer.pointee.n_input) = try unsafe editor.list(inputs)
  }

  /// Removes initializers, with the graph inputs and notes that name them, and the notes on other values.
  ///
  /// - Parameters:
  ///   - initializers: Names of initializers that are to go.
  ///   - values: Names of values that no longer exist.
  ///   - inputs: Names of graph inputs that are to go though their initializers stay.
  package func remove(
    initializers: Set<Name>, values: Set<Name>, inputs: Set<Name>
  ) throws(ModelFileError) {
    let goneInputs = initializers.union(inputs)
    let gone = initializers.union(values)
    (unsafe pointer.pointee.initializer, unsafe pointer.pointee.n_initializer) = try unsafe list(
      pointer.pointee.initializer, pointer.pointee.n_initializer, without: initializers
    ) { unsafe $0.pointee.name }
    (unsafe pointer.pointee.sparse_initializer, unsafe pointer.pointee.n_sparse_initializer) = try unsafe list(
      pointer.pointee.sparse_initializer, pointer.pointee.n_sparse_initializer, without: initializers
    ) { unsafe $0.pointee.values?.pointee.name }
    (unsafe pointer.pointee.input, unsafe pointer.pointee.n_input) = try unsafe list(
      pointer.pointee.input, pointer.pointee.n_input, without: goneInputs
    ) { unsafe $0.pointee.name }
    (unsafe pointer.pointee.value_info, unsafe pointer.pointee.n_value_info) = try unsafe list(
      pointer.pointee.value_info, pointer.pointee.n_value_info, without: gone
    ) { unsafe $0.pointee.name }
    (unsafe pointer.pointee.quantization_annotation, unsafe pointer.pointee.n_quantization_annotation) =
      try unsafe list(
        pointer.pointee.quantization_annotation, pointer.pointee.n_quantization_annotation, without: gone
      ) { unsafe $0.pointee.tensor_name }
  }

  /// A list without the messages of some names.
  private func list<Message>(
    _ start: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int, without names: Set<Name>,
    _ name: (UnsafeMutablePointer<Message>) -> UnsafeMutablePointer<CChar>?
  ) throws(ModelFileError) -> (UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, Int) {
    if names.isEmpty { return unsafe (start, count) }
    let all = unsafe messages(start, count)
    let kept = unsafe all.filter { message in unsafe !names.contains(Name(name(message))) }
    if unsafe kept.count == all.count { return unsafe (start, count) }
    return try unsafe editor.list(kept)
  }
}
