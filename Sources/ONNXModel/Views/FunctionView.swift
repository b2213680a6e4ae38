import CONNXSchema
package import ProtobufIO
import RecordedData

/// A function that the model defines for itself.
@safe
package struct FunctionView {
  package let document: ONNXDocument
  let pointer: UnsafeMutablePointer<Onnx__FunctionProto>

  package var name: Name { unsafe Name(pointer.pointee.name) }
  package var domain: Name { unsafe Name(pointer.pointee.domain) }
  package var overload: Name { unsafe Name(pointer.pointee.overload) }

  package var inputs: [Name] {
    unsafe UnsafeBufferPointer(start: pointer.pointee.input, count: pointer.pointee.n_input).map { unsafe Name($0) }
  }

  package var outputs: [Name] {
    unsafe UnsafeBufferPointer(start: pointer.pointee.output, count: pointer.pointee.n_output).map { unsafe Name($0) }
  }

  package var nodeCount: Int { unsafe pointer.pointee.n_node }

  /// One of the nodes, without a list of all.
  func node(at index: Int) -> NodeView {
    let nodes = unsafe UnsafeBufferPointer(start: pointer.pointee.node, count: pointer.pointee.n_node)
    guard let node = unsafe nodes[index] else { preconditionFailure("a function must have its nodes") }
    return unsafe NodeView(document: document, pointer: node)
  }

  package var nodes: [NodeView] {
    unsafe messages(pointer.pointee.node, pointer.pointee.n_node).map {
      unsafe NodeView(document: document, pointer: $0)
    }
  }

  /// The defaults of the function's attributes.
  package var attributeDefaults: [AttributeView] {
    unsafe messages(pointer.pointee.attribute_proto, pointer.pointee.n_attribute_proto).map {
      unsafe AttributeView(document: document, pointer: $0)
    }
  }

  package var opsetImports: [OpsetImport] {
    unsafe messages(pointer.pointee.opset_import, pointer.pointee.n_opset_import).map { unsafe OpsetImport($0) }
  }
}
