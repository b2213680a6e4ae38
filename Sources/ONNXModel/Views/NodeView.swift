import CONNXSchema
package import ProtobufIO
import RecordedData

/// One node of a graph or function.
@safe
package struct NodeView {
  package let document: ONNXDocument
  let pointer: UnsafeMutablePointer<Onnx__NodeProto>

  package var name: Name { unsafe Name(pointer.pointee.name) }
  package var operatorType: String { unsafe Name(pointer.pointee.op_type).description }
  package var domain: Name { unsafe Name(pointer.pointee.domain) }
  /// Which of several functions of one name is called.
  package var overload: Name { unsafe Name(pointer.pointee.overload) }

  package var inputs: [Name] { unsafe strings(pointer.pointee.input, pointer.pointee.n_input) }
  package var outputs: [Name] { unsafe strings(pointer.pointee.output, pointer.pointee.n_output) }

  package var attributes: [AttributeView] {
    unsafe messages(pointer.pointee.attribute, pointer.pointee.n_attribute).map {
      unsafe AttributeView(document: document, pointer: $0)
    }
  }

  /// The graphs that the node's attributes hold.
  package var subgraphs: [GraphView] { attributes.flatMap(\.graphs) }

  /// The attribute of that name, nil if the node does not state it.
  package func attribute(_ name: Name) -> AttributeView? {
    let all = unsafe UnsafeBufferPointer(start: pointer.pointee.attribute, count: pointer.pointee.n_attribute)
    let found = unsafe all.first { unsafe $0.map { unsafe name.isSpelled(by: $0.pointee.name) } ?? false }
    return unsafe found?.map { unsafe AttributeView(document: document, pointer: $0) }
  }

  /// The first attribute that the node states a second time, nil where there is none.
  ///
  /// - Complexity: O(attributes).
  package var repeatedAttribute: Name? {
    let all = unsafe UnsafeBufferPointer(start: pointer.pointee.attribute, count: pointer.pointee.n_attribute)
    guard all.count > 1 else { return nil }
    guard all.count > 16 else {
      // Of so few names none has to be copied.
      return all.indices.first { index in
        unsafe all[..<index].contains { unsafe Name.areSpelledAlike($0?.pointee.name, all[index]?.pointee.name) }
      }.map { unsafe Name(all[$0]?.pointee.name) }
    }
    var seen: Set<Name> = []
    return attributes.map(\.name).first { !seen.insert($0).inserted }
  }

  private func strings(
    _ start: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int
  ) -> [Name] {
    unsafe UnsafeBufferPointer(start: start, count: count).map { unsafe Name($0) }
  }
}
