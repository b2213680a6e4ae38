import CONNXSchema
package import ProtobufIO
import RecordedData

/// One operator set that a model or function imports.
package struct OpsetImport: Hashable, Sendable {
  package let domain: Name
  package let version: Int

  init(_ pointer: UnsafeMutablePointer<Onnx__OperatorSetIdProto>) {
    domain = unsafe Name(pointer.pointee.domain)
    version = unsafe Int(pointer.pointee.version)
  }
}
