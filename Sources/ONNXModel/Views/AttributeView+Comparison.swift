import CONNXSchema
package import ProtobufIO
import RecordedData

extension AttributeView {
  /// Whether two attributes state the same, but for graphs, which are not looked at.
  ///
  /// - Throws: `ModelFileError` where a tensor cannot be read.
  /// - Complexity: O(bytes).
  package func statesSame(as other: AttributeView) throws(ModelFileError) -> Bool {
    let (fields, others) = unsafe (pointer.pointee, other.pointer.pointee)
    guard name == other.name, referredName == other.referredName, unsafe fields.has_f == others.has_f,
      unsafe fields.f.bitPattern == others.f.bitPattern || fields.has_f == 0,
      unsafe fields.has_i == others.has_i, unsafe fields.i == others.i || fields.has_i == 0,
      string == other.string, integers == other.integers, strings == other.strings,
      floats.map(\.bitPattern) == other.floats.map(\.bitPattern), graphs.count == other.graphs.count,
      typeBytes == other.typeBytes
    else { return false }
    let (tensors, otherTensors) = (allTensors, other.allTensors)
    guard tensors.count == otherTensors.count else { return false }
    for (tensor, other) in zip(tensors, otherTensors) where try !tensor.holdsSame(as: other) { return false }
    return true
  }

  /// The types that the attribute states, serialized.
  private var typeBytes: [[UInt8]] {
    let one = unsafe pointer.pointee.tp.map { unsafe [$0] } ?? []
    return unsafe (one + messages(pointer.pointee.type_protos, pointer.pointee.n_type_protos)).map { type in
      unsafe [UInt8](unsafeUninitializedCapacity: onnx__type_proto__get_packed_size(type)) { buffer, count in
        count = unsafe onnx__type_proto__pack(type, buffer.baseAddress)
      }
    }
  }
}
