import CONNXSchema
package import ProtobufIO
package import RecordedData

/// A graph: the model's own or a subgraph.
@safe
package struct GraphView {
  package let document: ONNXDocument
  let pointer: UnsafeMutablePointer<Onnx__GraphProto>

  package var name: Name { unsafe Name(pointer.pointee.name) }

  package var nodeCount: Int { unsafe pointer.pointee.n_node }

  package var nodes: [NodeView] {
    unsafe messages(pointer.pointee.node, pointer.pointee.n_node).map {
      unsafe NodeView(document: document, pointer: $0)
    }
  }

  /// One of the nodes, without a list of all.
  func node(at index: Int) -> NodeView {
    let nodes = unsafe UnsafeBufferPointer(start: pointer.pointee.node, count: pointer.pointee.n_node)
    guard let node = unsafe nodes[index] else { preconditionFailure("a graph must have its nodes") }
    return unsafe NodeView(document: document, pointer: node)
  }

  package var initializerCount: Int { unsafe pointer.pointee.n_initializer }

  package var initializers: [TensorView] {
    unsafe messages(pointer.pointee.initializer, pointer.pointee.n_initializer).map {
      unsafe TensorView(document: document, pointer: $0)
    }
  }

  /// The initializers that are stored sparsely.
  package var sparseInitializers: [SparseTensorView] {
    unsafe messages(pointer.pointee.sparse_initializer, pointer.pointee.n_sparse_initializer).map {
      unsafe SparseTensorView(document: document, pointer: $0)
    }
  }

  /// The values and indices of initializers that are stored sparsely.
  var sparseInitializerTensors: [TensorView] {
    unsafe messages(pointer.pointee.sparse_initializer, pointer.pointee.n_sparse_initializer).flatMap {
      unsafe document.tensors(of: $0)
    }
  }

  package var inputs: [ValueInfoView] { unsafe infos(pointer.pointee.input, pointer.pointee.n_input) }
  package var outputs: [ValueInfoView] { unsafe infos(pointer.pointee.output, pointer.pointee.n_output) }
  package var valueInfo: [ValueInfoView] {
    unsafe infos(pointer.pointee.value_info, pointer.pointee.n_value_info)
  }

  package var quantizationAnnotations: [QuantizationAnnotation] {
    unsafe messages(pointer.pointee.quantization_annotation, pointer.pointee.n_quantization_annotation).map {
      unsafe QuantizationAnnotation($0)
    }
  }

  private func infos(
    _ start: UnsafeMutablePointer<UnsafeMutablePointer<Onnx__ValueInfoProto>?>?, _ count: Int
  ) -> [ValueInfoView] {
    unsafe messages(start, count).map { unsafe ValueInfoView($0) }
  }
}
