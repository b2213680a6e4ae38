import CONNXSchema
package import ProtobufIO
package import RecordedData

extension TensorView {
  /// The location that the tensor's external data is said to have.
  package var externalLocation: Name? {
    unsafe messages(pointer.pointee.external_data, pointer.pointee.n_external_data)
      .first { unsafe Name($0.pointee.key) == "location" }.map { unsafe Name($0.pointee.value) }
  }
}
