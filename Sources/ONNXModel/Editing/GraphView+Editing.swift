import CONNXSchema
package import ProtobufIO
package import RecordedData

extension GraphView {
  /// Replaces the nodes.
  package func setNodes(_ nodes: [NodeView]) throws(ModelFileError) {
    (unsafe pointer.pointee.node, unsafe pointer.pointee.n_node) =
      try unsafe document.list(nodes.map { unsafe $0.pointer })
  }

  /// Hands another value out.
  ///
  /// - Precondition: The graph has the output.
  package func setOutput(_ index: Int, to name: Name) throws(ModelFileError) {
    let outputs = unsafe messages(pointer.pointee.output, pointer.pointee.n_output)
    unsafe outputs[index].pointee.name = try document.tree.string(name.bytes)
  }

  /// Adds initializers at the end.
  ///
  /// - Parameter listedAsInputs: Whether each is also made a graph input, as IR versions below 4 demand.
  package func addInitializers(_ tensors: [TensorView], listedAsInputs: Bool) throws(ModelFileError) {
    let old = unsafe messages(pointer.pointee.initializer, pointer.pointee.n_initializer)
    (unsafe pointer.pointee.initializer, unsafe pointer.pointee.n_initializer) =
      try unsafe document.list(old + tensors.map { unsafe $0.pointer })
    guard listedAsInputs else { return }
    var inputs = unsafe messages(pointer.pointee.input, pointer.pointee.n_input)
    for tensor in tensors {
      unsafe inputs.append(
        try document.makeValueInfo(name: tensor.name, type: tensor.elementType, shape: tensor.shape))
    }
    (unsafe pointer.pointee.input, unsafe pointer.pointee.n_input) = try unsafe document.list(inputs)
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
    (unsafe pointer.pointee.initializer, unsafe pointer.pointee.n_initializer) = try unsafe filtered(
      pointer.pointee.initializer, pointer.pointee.n_initializer
    ) { unsafe !initializers.contains(Name($0.pointee.name)) }
    (unsafe pointer.pointee.sparse_initializer, unsafe pointer.pointee.n_sparse_initializer) = try unsafe filtered(
      pointer.pointee.sparse_initializer, pointer.pointee.n_sparse_initializer
    ) { unsafe !($0.pointee.values.map { unsafe initializers.contains(Name($0.pointee.name)) } ?? false) }
    (unsafe pointer.pointee.input, unsafe pointer.pointee.n_input) = try unsafe filtered(
      pointer.pointee.input, pointer.pointee.n_input
    ) { unsafe !goneInputs.contains(Name($0.pointee.name)) }
    (unsafe pointer.pointee.value_info, unsafe pointer.pointee.n_value_info) = try unsafe filtered(
      pointer.pointee.value_info, pointer.pointee.n_value_info
    ) { unsafe !gone.contains(Name($0.pointee.name)) }
    (unsafe pointer.pointee.quantization_annotation, unsafe pointer.pointee.n_quantization_annotation) =
      try unsafe filtered(
        pointer.pointee.quantization_annotation, pointer.pointee.n_quantization_annotation
      ) { unsafe !gone.contains(Name($0.pointee.tensor_name)) }
  }

  private func filtered<Message>(
    _ start: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int,
    _ isKept: (UnsafeMutablePointer<Message>) -> Bool
  ) throws(ModelFileError) -> (UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, Int) {
    let all = unsafe messages(start, count)
    let kept = unsafe all.filter { unsafe isKept($0) }
    if unsafe kept.count == all.count { return unsafe (start, count) }
    return try unsafe document.list(kept)
  }
}
